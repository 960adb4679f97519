/// Text for a reason or a log line: one line, no control characters, at most 500 characters.
func oneLine(_ text: String) -> String {
  let scalars = text.unicodeScalars.prefix(500).map { scalar in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: Unicode.Scalar(UInt8(ascii: " "))
    default: scalar
    }
  }
  return String(String.UnicodeScalarView(scalars))
}
