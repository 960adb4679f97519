/// What a Git server's answer may have, before a pack begins in it.
package struct FetchLimits: Hashable, Sendable {
  /// Bytes of a list of refs. A million refs are some 70 MiB.
  package var advertisement = 256 << 20

  package init() {}
}
