import ArgumentParser

/// How results are printed.
package enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// Aligned columns, for people. Their layout may change.
  case table
  /// One JSON document with stable keys in snake case, for programs.
  case json
}
