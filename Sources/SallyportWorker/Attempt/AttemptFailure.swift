/// Why an attempt failed before its command ran; the text is its reason.
struct AttemptFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// The attempt was stopped before its command ran.
struct AttemptStopped: Error {
  let stop: AttemptControl.Stop
}

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
