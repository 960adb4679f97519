import HTTPTypes
import SallyportGitProtocol

@testable import SallyportVCSAgent

extension [UInt8] {
  /// Lines of text; `0000` and `0001` are what they are.
  static func pktLines(_ lines: String...) -> [UInt8] { pktLines(lines) }

  static func pktLines(_ lines: [String]) -> [UInt8] {
    var writer = PktLineWriter()
    for line in lines {
      switch line {
      case "0000": writer.flush()
      case "0001": writer.delimiter()
      default: writer.line(line)
      }
    }
    return writer.bytes
  }
}

extension HTTPFields {
  static func git(_ version: ProtocolVersion) -> HTTPFields {
    version == .v0 ? [:] : [.gitProtocol: "version=\(version.rawValue)"]
  }
}
