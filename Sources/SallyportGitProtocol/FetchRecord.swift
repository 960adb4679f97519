/// What a request asked for, for the ledger. Bounded: beyond ``limit`` of each list only the counts
/// go on.
package struct FetchRecord: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    /// Nothing was asked for: a flush, by which Git finds out whether it may ask.
    case none
    /// `ls-refs` of protocol version 2.
    case listing
    /// A fetch by a client that has nothing in common with the server yet.
    case clone
    case fetch
  }

  package struct Want: Hashable, Sendable {
    package let id: ObjectID
    /// By which it was shown; nil where it was asked for by its id alone.
    package let ref: RefName?
  }

  /// Entries of each list.
  package static let limit = 64

  package internal(set) var isListing = false
  package internal(set) var wants: [Want] = []
  package internal(set) var wantCount = 0
  package internal(set) var wantedRefs: [RefName] = []
  package internal(set) var wantedRefCount = 0
  package internal(set) var haveCount = 0
  package internal(set) var shallowCount = 0
  /// Commits.
  package internal(set) var depth: Int?
  /// Seconds since 1970.
  package internal(set) var deepenSince: Int?
  /// Refs whose history was left out; of a short name the first ref that it may stand for.
  package internal(set) var deepenNot: [RefName] = []
  package internal(set) var filter: FilterSpec?

  package init() {}

  package var kind: Kind {
    if isListing { return .listing }
    guard wantCount > 0 || wantedRefCount > 0 || haveCount > 0 else { return .none }
    return haveCount == 0 && shallowCount == 0 ? .clone : .fetch
  }
}
