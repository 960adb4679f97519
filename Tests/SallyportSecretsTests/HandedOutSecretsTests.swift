import SallyportCore
import SallyportSecrets
import Testing

struct HandedOutSecretsTests {
  private func handedOut(
    _ bytes: some Sequence<UInt8>, _ secret: String
  ) throws -> HandedOutSecrets {
    var secrets = HandedOutSecrets()
    try secrets.add(SecretValue(bytes), as: try JobSecret(parsing: secret), from: .file)
    return secrets
  }

  private func bytes(_ value: SecretValue?) -> [UInt8]? { value?.withBytes { Array($0) } }

  /// A variable is without the last line end; what is within stays.
  @Test(arguments: [
    ("abc", "abc"), ("abc\n", "abc"), ("abc\r\n", "abc"), ("abc\n\n", "abc\n"), ("a\nb\n", "a\nb"),
    (" abc ", " abc "), ("ü\r", "ü\r"),
  ])
  func aVariableHasNoLineEnd(given: String, expected: String) throws {
    let secrets = try handedOut(given.utf8, "A=as:B")
    #expect(secrets.variables.map(\.name) == ["B"])
    #expect(bytes(secrets.variables.first?.value) == Array(expected.utf8))
    let file = try handedOut(given.utf8, "A=file:b")
    #expect(bytes(file.files.first?.value) == Array(given.utf8))
  }

  @Test func aFileTakesAnyBytes() throws {
    #expect(bytes(try handedOut([0, 0xFF, 10], "A=file:b").files.first?.value) == [0, 0xFF, 10])
  }

  @Test func aVariableTakesTextOnly() {
    for (given, expected) in [
      ([], "empty"), ([10], "empty"), ([13, 10], "empty"), ([65, 0, 66], "zero byte"),
      ([0xFF, 0x41], "not UTF-8"), (Array(repeating: 65, count: 131_072), "too long"),
    ] as [([UInt8], String)] {
      let error = #expect(throws: SecretFailure.self) { try handedOut(given, "CANARY") }
      #expect(error?.code == .unfit && error?.reason.contains(expected) == true)
    }
    #expect(throws: SecretFailure.self) { try handedOut([], "A=file:b") }
  }

  @Test func theLongestVariableFits() throws {
    let longest = [UInt8](repeating: 65, count: 131_072 - 3)
    #expect(try handedOut(longest, "A").variables.count == 1)
    #expect(throws: SecretFailure.self) { try handedOut(longest + [65], "A") }
  }

  /// Together they must fit into one message and one process.
  @Test func allVariablesTogetherAreBounded() throws {
    var secrets = HandedOutSecrets()
    let value = SecretValue([UInt8](repeating: 65, count: 131_000))
    let error = #expect(throws: SecretFailure.self) {
      for number in 0..<64 {
        try secrets.add(value, as: try JobSecret(parsing: "A\(number)"), from: .command)
      }
    }
    #expect(error?.reason.contains("together") == true)
    #expect(secrets.variables.count == 16)
  }

  @Test func nothingPrintsAValue() throws {
    let value = SecretValue("CANARY".utf8)
    var secrets = HandedOutSecrets()
    try secrets.add(value, as: try JobSecret(parsing: "A"), from: .file)
    try secrets.add(value, as: try JobSecret(parsing: "B=file:b"), from: .file)
    var dumped = ""
    dump(secrets, to: &dumped)
    for text in ["\(value)", "\(secrets)", String(reflecting: secrets), dumped] {
      #expect(!text.contains("CANARY"), "\(text)")
    }
  }
}
