/// What one job's masking may take of memory and time.
package struct MaskLimits: Hashable, Sendable {
  /// Greatest length of one value, in bytes.
  package var valueBytes: Int
  /// Bytes of all texts that are looked for: values and their encoded forms. A byte takes two to
  /// three bytes of memory; up to twenty where values consist of repetitions of themselves.
  package var patternBytes: Int
  /// How many values a job may add by `::add-mask::`.
  package var addedValues: Int
  /// Bytes of all values that a job adds.
  package var addedBytes: Int

  package init(
    valueBytes: Int = 1 << 20, patternBytes: Int = 32 << 20, addedValues: Int = 4_096,
    addedBytes: Int = 256 << 10
  ) {
    self.valueBytes = valueBytes
    self.patternBytes = patternBytes
    self.addedValues = addedValues
    self.addedBytes = addedBytes
  }
}
