import SallyportTestSupport

/// A Python that has dulwich, Git's protocol written a second time.
enum DulwichPython {
  private static let package = PythonPackage(
    "dulwich", version: "1.2.21",
    check: "import dulwich; assert '.'.join(map(str, dulwich.__version__)) == '1.2.21'")

  static func find() async throws -> String { try await package.interpreter() }
}
