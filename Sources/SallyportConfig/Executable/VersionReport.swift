import SallyportCore

/// What `--version` prints.
package struct VersionReport: Sendable {
  package let program: String
  /// Libraries that are linked dynamically, with the version found at run time.
  package let libraries: [(name: String, version: String)]

  package init(program: String, libraries: [(name: String, version: String)] = []) {
    self.program = program
    self.libraries = libraries
  }

  /// For example:
  /// ```
  /// sallyport-worker 0.1.0
  /// commit 28f1e4c…
  /// OpenSSL 3.0.17
  /// ```
  package var text: String {
    let lines =
      ["\(program) \(SallyportVersion.current)", "commit \(SallyportVersion.commit)"]
      + libraries.map { "\($0.name) \($0.version)" }
    return lines.joined(separator: "\n")
  }
}
