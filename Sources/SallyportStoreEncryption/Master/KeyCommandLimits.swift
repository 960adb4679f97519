/// What a command of the master key may take.
package struct KeyCommandLimits: Hashable, Sendable {
  package var timeout: Duration = .seconds(10)
  /// Bytes of standard output, and of standard error.
  package var output = 64 << 10

  package init() {}
}
