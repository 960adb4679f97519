import Glibc
import SwiftASN1
import X509

/// The DNS names and IP addresses that clients of the gateway may dial.
package struct ServerNames: Sendable, Hashable {
  package private(set) var dnsNames: [String] = []
  private var addresses: [[UInt8]] = []

  package init() {}

  /// Sorts texts into DNS names and IP addresses.
  ///
  /// - Parameter names: For example `gateway.example.com`, `10.0.0.7`, `::1`. No wildcards.
  /// - Throws: ``IdentityError/Code/invalidName``.
  package init(_ names: [String]) throws(IdentityError) {
    for name in names {
      if let address = Self.address(name) {
        addresses.append(address)
      } else if Self.isDNSName(name) {
        dnsNames.append(name)
      } else {
        throw IdentityError(
          .invalidName,
          "'\(name)' is neither a DNS name (lower case, no wildcard) nor an IP address")
      }
    }
  }

  var isEmpty: Bool { dnsNames.isEmpty && addresses.isEmpty }

  var generalNames: [GeneralName] {
    dnsNames.map(GeneralName.dnsName)
      + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
  }

  /// Network byte order, 4 or 16 bytes.
  private static func address(_ text: String) -> [UInt8]? {
    guard !text.utf8.contains(0) else { return nil }
    for (family, length) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: length)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }

  private static func isDNSName(_ text: String) -> Bool {
    guard (1...253).contains(text.utf8.count) else { return false }
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return labels.allSatisfy { label in
      (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
        && label.last != UInt8(ascii: "-")
        && label.allSatisfy {
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
        }
    }
  }
}
