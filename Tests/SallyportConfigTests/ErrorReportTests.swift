import SallyportConfig
import SallyportCore
import Testing

@Suite struct ErrorReportTests {
  private struct Strange: Error, CustomStringConvertible {
    let description = "something strange"
  }

  @Test func errorsHaveExitCodes() {
    let config = ConfigError(code: .unknownKey, origin: .flag("--set"), key: "x")
    #expect(ErrorReport(config).exitCode == SallyportCore.ExitCode.configuration)
    #expect(ErrorReport(config).message == "--set: unknown key 'x'")
    #expect(ErrorReport(Strange()) == ErrorReport("something strange", exitCode: 1))
    #expect(ErrorReport(ErrorReport(nil, exitCode: 143)).exitCode == 143)
  }

  @Test func theVersionNamesCommitAndLibraries() {
    let report = VersionReport(program: "sallyport-x", libraries: ["OpenSSL 3.0.17"])
    let lines = report.text.split(separator: "\n")
    #expect(lines.first == "sallyport-x \(SallyportVersion.current)")
    #expect(lines.dropFirst().first?.hasPrefix("commit ") == true)
    #expect(lines.last == "OpenSSL 3.0.17")
    #expect(!SallyportVersion.commit.isEmpty)
  }
}
