/// Why a text is not JSON in the form that is accepted here.
package struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    case tooLong, tooDeep, invalidUTF8, unexpectedEnd, unexpectedByte, trailingBytes
    case invalidEscape, controlCharacter, invalidNumber, duplicateName
  }

  package let code: Code
  /// Offset into the text, in bytes.
  package let offset: Int

  package var description: String { "\(problem) at byte \(offset)" }

  private var problem: String {
    switch code {
    case .tooLong: "the text is too long"
    case .tooDeep: "arrays and objects are nested too deeply"
    case .invalidUTF8: "not UTF-8"
    case .unexpectedEnd: "the text ends too early"
    case .unexpectedByte: "unexpected character"
    case .trailingBytes: "something follows the value"
    case .invalidEscape: "invalid escape sequence"
    case .controlCharacter: "unescaped control character"
    case .invalidNumber: "not a 64-bit integer in its shortest form"
    case .duplicateName: "a name occurs twice in an object"
    }
  }
}
