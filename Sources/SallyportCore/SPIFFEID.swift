/// A SPIFFE ID: the URI that names a workload in an X.509-SVID.
///
/// The accepted form follows the SPIFFE ID specification, section 2: `spiffe://`, a trust domain
/// of lower-case letters, digits, dots, dashes and underscores, and a path without empty, `.` or
/// `..` segments, percent-encoding, query or fragment. At most 2,048 bytes; the trust domain at
/// most 255.
package struct SPIFFEID: Hashable, Sendable {
  package let trustDomain: String
  /// Path segments, at least one.
  package let segments: [String]

  package init(trustDomain: String, segments: [String]) throws(SPIFFEIDError) {
    guard !trustDomain.isEmpty, trustDomain.utf8.count <= 255,
      trustDomain.utf8.allSatisfy(Self.isTrustDomainByte)
    else { throw SPIFFEIDError(code: .invalidTrustDomain, input: trustDomain) }
    guard !segments.isEmpty else { throw SPIFFEIDError(code: .missingPath, input: trustDomain) }
    for segment in segments {
      guard !segment.isEmpty, segment != ".", segment != "..",
        segment.utf8.allSatisfy(Self.isPathByte)
      else { throw SPIFFEIDError(code: .invalidPath, input: segment) }
    }
    self.trustDomain = trustDomain
    self.segments = segments
    guard uri.utf8.count <= 2_048 else {
      throw SPIFFEIDError(code: .tooLong, input: trustDomain)
    }
  }

  package init(parsing uri: String) throws(SPIFFEIDError) {
    let scheme = "spiffe://"
    guard uri.utf8.count <= 2_048 else { throw SPIFFEIDError(code: .tooLong, input: "") }
    guard uri.hasPrefix(scheme) else { throw SPIFFEIDError(code: .wrongScheme, input: uri) }
    let parts = uri.dropFirst(scheme.count)
      .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    try self.init(trustDomain: parts.first ?? "", segments: Array(parts.dropFirst()))
  }

  /// The canonical text, `spiffe://<trust domain>/<path>`.
  package var uri: String { "spiffe://\(trustDomain)/\(segments.joined(separator: "/"))" }

  private static func isTrustDomainByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func isPathByte(_ byte: UInt8) -> Bool {
    isTrustDomainByte(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
}

extension SPIFFEID: CustomStringConvertible {
  package var description: String { uri }
}

/// Why a text is not a SPIFFE ID.
package struct SPIFFEIDError: Error, Hashable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    case wrongScheme, invalidTrustDomain, missingPath, invalidPath, tooLong
  }

  package let code: Code
  package let input: String

  package var description: String {
    switch code {
    case .wrongScheme: "not a SPIFFE ID, expected spiffe://<trust domain>/<path>: \(input)"
    case .invalidTrustDomain:
      "invalid trust domain '\(input)': use lower-case letters, digits, '.', '-' and '_'"
    case .missingPath: "SPIFFE ID names a trust domain only, expected a path: \(input)"
    case .invalidPath: "invalid SPIFFE path segment '\(input)'"
    case .tooLong: "SPIFFE ID longer than 2,048 bytes"
    }
  }
}
