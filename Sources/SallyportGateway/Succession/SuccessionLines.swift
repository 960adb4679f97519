/// Cuts what arrives from the other process into messages. Pure.
package struct SuccessionLines {
  private var line: [UInt8] = []
  private var isTooLong = false

  package init() {}

  /// A line that is too long is left out; so is one of another version.
  package mutating func receive(_ bytes: some Sequence<UInt8>) -> [SuccessionMessage] {
    var messages: [SuccessionMessage] = []
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        if line.count < SuccessionMessage.maximumLength {
          line.append(byte)
        } else {
          isTooLong = true
        }
        continue
      }
      if !isTooLong, let message = SuccessionMessage(line: String(decoding: line, as: UTF8.self)) {
        messages.append(message)
      }
      line.removeAll(keepingCapacity: true)
      isTooLong = false
    }
    return messages
  }
}
