/// What a checkout may use, so that a hostile repository costs a job and never the worker.
package struct GitLimits: Sendable, Hashable {
  /// Bytes of one reference advertisement.
  package var maximumAdvertisement: UInt64 = 64 << 20
  /// Bytes of one pack, as received.
  package var maximumPack: UInt64 = 64 << 30
  /// Objects of one pack.
  package var maximumObjects: UInt32 = 50_000_000
  /// Entries of the tree that is checked out, directories included.
  package var maximumEntries = 5_000_000
  /// Bytes of all files that are checked out.
  package var maximumWorkspace: UInt64 = 128 << 30
  /// Bytes of one file that is checked out: the worker holds it in memory to write it.
  package var maximumFile: UInt64 = 256 << 20
  /// Submodules of the tree that is checked out. They are not fetched, but cost a look each.
  package var maximumSubmodules = 4_096
  /// The longest path in the workspace, in bytes.
  package var maximumPath = 4_000
  /// No byte arrived for this long.
  package var idleTimeout: Duration = .seconds(120)
  /// Bytes of a response that wait for libgit2 at most, plus one piece.
  package var responseBuffer = 256 << 10
  /// A mirror of more packs than this is fetched anew: every fetch adds one, and each makes every
  /// object look-up slower.
  package var maximumPacks = 100

  /// Bytes of all mirrors. Beyond that, those used longest ago are removed after a checkout.
  package var maximumCache: UInt64 = 64 << 30
  /// Bytes of an object that a fetch rebuilds from a delta, in memory; libgit2 looks at the result
  /// only, so that what the delta applies to may be larger. The library keeps one value for the
  /// process: that of the first checkout.
  package var maximumObject = 256 << 20
  /// From one report of progress to the next, and from the beginning to the first.
  package var progressInterval: Duration = .seconds(10)

  package init() {}

  /// What the library accepts whatever the limits say; process-wide.
  static let hardMaximumObjects = 100_000_000
}
