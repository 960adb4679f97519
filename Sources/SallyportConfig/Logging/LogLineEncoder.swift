package import Logging

/// Formats log events as lines.
///
/// A line is at most ``maximumLine`` bytes: longer messages and values are cut, further fields are
/// counted and left out. Control characters are escaped in both formats, so that an event is one
/// line whatever a peer put into it. Fields are sorted by key.
package struct LogLineEncoder: Sendable {
  /// Bytes of a line without its newline.
  package static let maximumLine = 16_384
  /// Bytes of the escaped message.
  package static let maximumMessage = 4_096
  /// Bytes of one escaped key or value.
  package static let maximumValue = 2_048
  private static let maximumKey = 64
  /// Kept free for the note about fields left out, and for closing the object.
  private static let reserve = 64
  private static let ownKeys: Set<String> = ["time", "level", "logger", "message"]

  private let format: LogFormat
  private let label: String

  package init(format: LogFormat, label: String) {
    self.format = format
    self.label = label
  }

  /// The line with its newline.
  package func encode(
    time: (seconds: Int64, nanoseconds: Int32), level: Logger.Level, message: String,
    fields: Logger.Metadata
  ) -> [UInt8] {
    let time = UTCTime.format(seconds: time.seconds, nanoseconds: time.nanoseconds)
    let fields = fields.sorted { $0.key < $1.key }
    return switch format {
    case .text: text(time: time, level: level, message: message, fields: fields)
    case .json: json(time: time, level: level, message: message, fields: fields)
    }
  }

  private func text(
    time: String, level: Logger.Level, message: String,
    fields: [(key: String, value: Logger.Metadata.Value)]
  ) -> [UInt8] {
    var line = BoundedText(limit: Self.maximumLine)
    line.append(verbatim: "\(time) ")
    line.append(verbatim: level.rawValue + String(repeating: " ", count: 9 - level.rawValue.count))
    line.append(shown: message, limit: Self.maximumMessage)
    for (index, field) in fields.enumerated() {
      var part = BoundedText(limit: 3 * Self.maximumValue)
      part.append(verbatim: " ")
      part.append(shown: field.key, limit: Self.maximumKey)
      part.append(verbatim: "=")
      part.append(logged: field.value.description, limit: Self.maximumValue)
      guard line.count + part.count <= Self.maximumLine - Self.reserve else {
        line.append(verbatim: " fields-left-out=\(fields.count - index)")
        break
      }
      line.append(part)
    }
    return line.bytes + [UInt8(ascii: "\n")]
  }

  private func json(
    time: String, level: Logger.Level, message: String,
    fields: [(key: String, value: Logger.Metadata.Value)]
  ) -> [UInt8] {
    var line = BoundedText(limit: Self.maximumLine)
    line.append(verbatim: "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"logger\":")
    line.append(json: label, limit: Self.maximumKey)
    line.append(verbatim: ",\"message\":")
    line.append(json: message, limit: Self.maximumMessage)
    for (index, field) in fields.enumerated() {
      var part = BoundedText(limit: 3 * Self.maximumValue)
      part.append(verbatim: ",")
      // A field must not replace one of the encoder's own.
      let key = Self.ownKeys.contains(field.key) ? "field." + field.key : field.key
      part.append(json: key, limit: Self.maximumKey)
      part.append(verbatim: ":")
      part.append(json: field.value, limit: Self.maximumValue)
      guard line.count + part.count <= Self.maximumLine - Self.reserve else {
        line.append(verbatim: ",\"fields-left-out\":\(fields.count - index)")
        break
      }
      line.append(part)
    }
    line.append(verbatim: "}")
    return line.bytes + [UInt8(ascii: "\n")]
  }
}
