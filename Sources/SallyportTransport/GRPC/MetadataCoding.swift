import GRPCCore
import SallyportHTTP2

/// Metadata as header fields, and back (gRPC over HTTP/2, "Custom-Metadata").
enum MetadataCoding {
  /// Fields that belong to the protocol, not to metadata.
  private static let reserved: Set<String> = [
    "content-type", "te", "grpc-encoding", "grpc-accept-encoding", "grpc-timeout", "grpc-status",
    "grpc-message", "content-length", "host", "connection", "keep-alive", "proxy-connection",
    "transfer-encoding", "upgrade",
  ]

  /// Appends what may travel; keys and values that no header field can hold are left out.
  static func append(_ metadata: Metadata, to fields: inout [HeaderField]) {
    for (key, value) in metadata {
      let name = key.lowercased()
      guard isValidName(name), !reserved.contains(name) else { continue }
      let text = value.encoded()
      guard isValidValue(text) else { continue }
      fields.append(HeaderField(name, text))
    }
  }

  /// - Returns: Nil where a `-bin` value is not base64.
  static func metadata(from fields: [HeaderField]) -> Metadata? {
    var metadata = Metadata()
    for field in fields where !field.name.hasPrefix(":") && !reserved.contains(field.name) {
      guard field.name.hasSuffix("-bin") else {
        metadata.addString(field.value, forKey: field.name)
        continue
      }
      // Several values of one key may have been joined on the way.
      for part in field.value.split(separator: ",", omittingEmptySubsequences: false) {
        guard let bytes = Base64.decode(trimmed(part)) else { return nil }
        metadata.addBinary(bytes, forKey: field.name)
      }
    }
    return metadata
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }

  private static func isValidName(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }

  private static func isValidValue(_ value: String) -> Bool {
    value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }
}
