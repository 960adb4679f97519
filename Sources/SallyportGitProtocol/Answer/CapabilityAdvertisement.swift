/// The capabilities of a server of version 2 (gitprotocol-v2(5)), line by line.
struct CapabilityAdvertisement: Sendable {
  /// - Returns: Whether the advertisement is over.
  func take(
    _ line: PktLine, _ permission: FetchPermission, _ output: inout PktLineWriter
  ) throws(InvalidAnswer) -> Bool {
    switch line {
    case .data(let data):
      if let text = Self.filter(PktLine.text(of: data), permission) { output.line(text) }
      return false
    case .flush:
      output.flush()
      return true
    case .delimiter, .responseEnd:
      throw InvalidAnswer(.malformed, "a delimiter among capabilities")
    }
  }

  /// - Returns: Nil for what is not passed on: `server-option`, `object-info`, `bundle-uri`,
  ///   `session-id`, `promisor-remote`, and whatever else there will be.
  private static func filter(_ line: ArraySlice<UInt8>, _ permission: FetchPermission) -> String? {
    let end = line.firstIndex(of: UInt8(ascii: "=")) ?? line.endIndex
    let value = line[end...].dropFirst()
    switch String(decoding: line[..<end], as: UTF8.self) {
    case "agent": return Capability.printable(value).map { "agent=\($0)" }
    case "object-format":
      let format = ObjectFormat(rawValue: String(decoding: value, as: UTF8.self))
      return format.map { "object-format=\($0.rawValue)" }
    case "ls-refs":
      let features = words(value).filter { $0 == "unborn" }
      return features.isEmpty ? "ls-refs" : "ls-refs=unborn"
    case "fetch":
      let features = words(value).filter {
        Capability.fetchFeatures.contains($0) && Capability.isOffered($0, permission)
      }
      return features.isEmpty ? "fetch" : "fetch=\(features.joined(separator: " "))"
    default: return nil
    }
  }

  private static func words(_ value: ArraySlice<UInt8>) -> [String] {
    value.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
  }
}
