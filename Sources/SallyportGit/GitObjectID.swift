internal import CLibGit2
internal import SallyportBytes

/// The id of a commit or another object: a SHA-1, 40 hexadecimal digits, written in lower case.
package struct GitObjectID: Hashable, Sendable, CustomStringConvertible {
  package let hexadecimal: String

  /// Nil where the text is not 40 hexadecimal digits, or names no object (all zeros).
  package init?(_ text: some StringProtocol) {
    let digits = text.lowercased()
    guard digits.isHexadecimal(digits: 40),
      digits.utf8.contains(where: { $0 != UInt8(ascii: "0") })
    else { return nil }
    hexadecimal = digits
  }

  init(_ oid: git_oid) {
    var oid = oid
    let buffer = [CChar](unsafeUninitializedCapacity: 41) { buffer, count in
      git_oid_tostr(buffer.baseAddress, 41, &oid)
      count = 41
    }
    hexadecimal = String(decoding: buffer.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  var oid: git_oid {
    var oid = git_oid()
    git_oid_fromstr(&oid, hexadecimal)
    return oid
  }

  package var description: String { hexadecimal }
}
