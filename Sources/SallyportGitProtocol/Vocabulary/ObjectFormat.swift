/// The hash that names a repository's objects (gitprotocol-capabilities(5), `object-format`).
package enum ObjectFormat: String, Hashable, Sendable, CaseIterable {
  case sha1
  case sha256

  /// Digits of an object id.
  package var digits: Int {
    switch self {
    case .sha1: 40
    case .sha256: 64
    }
  }

  package init?(digits: Int) {
    switch digits {
    case Self.sha1.digits: self = .sha1
    case Self.sha256.digits: self = .sha256
    default: return nil
    }
  }
}
