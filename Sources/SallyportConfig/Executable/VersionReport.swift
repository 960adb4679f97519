import SallyportCore

/// What `--version` prints.
package struct VersionReport: Sendable {
  package let program: String
  /// Libraries that are linked dynamically, with the versions found at run time, such as
  /// "nghttp2 1.52.0".
  package let libraries: [String]

  package init(program: String, libraries: [String] = []) {
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
      ["\(program) \(SallyportVersion.current)", "commit \(SallyportVersion.commit)"] + libraries
    return lines.joined(separator: "\n")
  }
}
