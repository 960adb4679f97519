/// A name that people choose for a tenant, pool or operator: 1 to 63 characters of `a-z`, `0-9`
/// and `-`, beginning and ending with a letter or digit (an RFC 1123 label, so that it fits into
/// a host name such as `<pool>.vcs.sallyport`).
package protocol ChosenName: Hashable, Sendable, CustomStringConvertible, Comparable {
  static var kind: String { get }
  var rawValue: String { get }
  init(unchecked: String)
}

extension ChosenName {
  package init(_ text: String) throws(InvalidName) {
    guard Self.isValid(text) else { throw InvalidName(kind: Self.kind, text: text) }
    self.init(unchecked: text)
  }

  package var description: String { rawValue }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  private static func isValid(_ text: String) -> Bool {
    let bytes = text.utf8
    guard (1...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"),
      bytes.last != UInt8(ascii: "-")
    else { return false }
    return bytes.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
    }
  }
}

/// Names one customer.
package struct TenantName: ChosenName {
  package static let kind = "tenant"
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}

/// Names a worker pool or VCS pool within its tenant.
package struct PoolName: ChosenName {
  package static let kind = "pool"
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}

/// Names a group of secrets and variables within its tenant.
package struct ContextName: ChosenName {
  package static let kind = "context"
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}

/// Names an operator within its tenant.
package struct OperatorName: ChosenName {
  package static let kind = "operator"
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}

/// A name that does not have the form of ``ChosenName``.
package struct InvalidName: Error, Hashable, CustomStringConvertible {
  package let kind: String
  package let text: String

  package var description: String {
    "invalid \(kind) name '\(text)': use 1 to 63 of a-z, 0-9 and '-', "
      + "beginning and ending with a letter or digit"
  }
}
