import SallyportConfig

/// Where one listener listens.
struct ListenerSettings: Sendable {
  let host: Setting<String>
  let port: Setting<Int>

  init(_ name: String, port: Int, _ users: String) {
    host = Setting(
      "listen.\(name).host", .string(maximumLength: 253), default: "0.0.0.0",
      "Address of the listener for \(users).")
    self.port = Setting(
      "listen.\(name).port", .integer(in: 0...65_535), default: port,
      "Port of the listener for \(users); 0 for any free one.")
  }

  var all: [any SettingDeclaration] { [host, port] }
}
