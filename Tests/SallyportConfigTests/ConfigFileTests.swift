import ArgumentParser
import SallyportConfig
import Testing

@Suite struct ConfigFileTests {
  @Test func aMissingFileIsNamed() {
    let error = #expect(throws: ConfigError.self) {
      try Sample.schema.load(file: "/nonexistent/sample.yaml", environment: [:])
    }
    #expect(
      error?.description == "/nonexistent/sample.yaml: cannot be read: No such file or directory")
    #expect(error?.code == .unreadableFile)
  }

  @Test func directoriesAndHugeAndBinaryFilesAreRefused() throws {
    let directory = try TemporaryDirectory()
    let huge = try directory.write("huge", String(repeating: "#\n", count: 600_000))
    let latin = directory.path + "/latin"
    _ = try directory.write("latin", "")
    try #require(writeBytes([0x61, 0x3A, 0x20, 0xE9], to: latin))
    #expect(message(file: directory.path)?.hasSuffix("not a regular file") == true)
    #expect(message(file: huge)?.hasSuffix("larger than 1MiB") == true)
    #expect(message(file: latin)?.hasSuffix("not UTF-8") == true)
    #expect(message(file: "/dev/null")?.hasSuffix("not a regular file") == true)
  }

  @Test(arguments: [0o644, 0o640, 0o604, 0o660, 0o620])
  func secretFilesThatOthersCanReachAreRefused(mode: Int) throws {
    let directory = try TemporaryDirectory()
    let key = try directory.write("key.pem", "secret", mode: mode)
    let message = message(file: nil, set: ["tls.key-file=\(key)"])
    #expect(
      message == "--set: tls.key-file: expected a file that only its owner can read (mode 0600), "
        + "found \(key) with mode 0\(String(mode, radix: 8)); run: chmod 600 \(key)")
  }

  @Test func secretFilesOfTheirOwnerAreAccepted() throws {
    let directory = try TemporaryDirectory()
    for mode in [0o600, 0o400] {
      let key = try directory.write("key\(mode).pem", "secret", mode: mode)
      let file = try directory.write("sample.yaml", "tls.key-file: key\(mode).pem")
      let values = try Sample.schema.load(file: file, environment: [:])
      #expect(values[Sample.key] == key)
    }
  }

  @Test func theHintIsSafeToPaste() throws {
    let directory = try TemporaryDirectory()
    let key = try directory.write("a b'$(x).pem", "secret", mode: 0o644)
    let message = message(file: nil, set: ["tls.key-file=\(key)"])
    #expect(message?.hasSuffix("chmod 600 '\(directory.path)/a b'\\''$(x).pem'") == true)
  }

  @Test func secretPathsMustExist() {
    #expect(
      message(file: nil, set: ["tls.key-file=/nonexistent/key"])?
        .hasSuffix("found /nonexistent/key: No such file or directory") == true)
  }

  @Test func optionsChooseTheFile() throws {
    let directory = try TemporaryDirectory()
    let first = try directory.write("first.yaml", "listen.agents.port: 1")
    let second = try directory.write("second.yaml", "listen.agents.port: 2")
    let environment = ["SALLYPORT_SAMPLE_CONFIG": second]
    let given = try ConfigOptions.parse(["--config", first])
    #expect(try given.load(Sample.schema, environment: environment)[Sample.port] == 1)
    let none = try ConfigOptions.parse([])
    #expect(try none.load(Sample.schema, environment: environment)[Sample.port] == 2)
    let set = try ConfigOptions.parse(["--set", "listen.agents.port=5"])
    #expect(try set.load(Sample.schema, environment: environment)[Sample.port] == 5)
  }

  private func message(file: String?, set: [String] = []) -> String? {
    do {
      _ = try Sample.schema.load(
        file: file, environment: [:], overrides: try set.map { try ConfigOverride(assignment: $0) })
      return nil
    } catch {
      return "\(error)"
    }
  }
}
