/// A value that must not be seen in a job's output, and the name by which it may be spoken of.
package struct MaskedSecret: Sendable, CustomStringConvertible, CustomReflectable {
  package let name: String
  package let value: [UInt8]

  package init(name: String, value: [UInt8]) {
    self.name = name
    self.value = value
  }

  package var description: String { "secret \(name)" }

  /// Shows no value, also to `dump`.
  package var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
