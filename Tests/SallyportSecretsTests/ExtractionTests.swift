import SallyportConfig
import SallyportCore
import SallyportPolicy
import SallyportSecrets
import Testing

/// What providers may print, and what becomes of it.
struct ExtractionTests {
  private static func source(_ keys: String) throws -> SecretSource {
    let catalog = try SecretCatalog(
      parsing: Array("version: 1\nsecrets:\n  - {\(keys), command: [x], jobs: every}".utf8),
      path: "secrets.yaml")
    return try #require(catalog.sources.first)
  }

  private static let aws = """
    {"Version": 1, "AccessKeyId": "ASIACANARY", "SecretAccessKey": "s3cr/t+CANARY",
     "SessionToken": "a\\"b\\nCANARY", "Expiration": "2026-11-21T20:00:00Z", "f": 1.5e3,
     "nested": {"list": ["CANARY"], "null": null, "empty": ""}}
    """

  private func text(_ value: SecretValue?) -> String? {
    value?.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  @Test func oneAnswerGivesSeveralSecrets() throws {
    let source = try Self.source("fields: {ID: AccessKeyId, KEY: SecretAccessKey, T: SessionToken}")
    let secrets = try source.secrets(
      in: SecretValue(Self.aws.utf8), wanted: source.contents.names)
    let byName = Dictionary(uniqueKeysWithValues: secrets.map { ($0.key.rawValue, text($0.value)) })
    #expect(byName == ["ID": "ASIACANARY", "KEY": "s3cr/t+CANARY", "T": "a\"b\nCANARY"])
    let one = try source.secrets(
      in: SecretValue(Self.aws.utf8), wanted: [try #require(SecretName("ID"))])
    #expect(one.count == 1)
  }

  @Test(arguments: [
    ("field: Missing", Self.aws, "no field 'Missing'"),
    ("field: AccessKeyId.x", Self.aws, "no field"),
    ("field: Version", Self.aws, "not a text"), ("field: f", Self.aws, "not a text"),
    ("field: nested", Self.aws, "not a text"), ("field: nested.list", Self.aws, "not a text"),
    ("field: nested.null", Self.aws, "not a text"), ("field: a", "CANARY", "not JSON"),
    ("field: a", "", "not JSON"), ("field: a", "[\"CANARY\"]", "not a JSON object"),
    ("field: a", "{\"a\": \"CANARY\"", "not JSON"),
    ("field: a", "{\"a\": \"CANARY\"} x", "not JSON"),
    ("field: a", "\"CANARY\"", "not a JSON object"),
    ("field: a", String(repeating: "{\"a\":", count: 5_000), "not JSON"),
  ])
  func anotherAnswerIsAnErrorWithoutIt(field: String, answer: String, expected: String) throws {
    let source = try Self.source("name: A, \(field)")
    let error = #expect(throws: SecretFailure.self) {
      try source.secrets(in: SecretValue(answer.utf8), wanted: source.contents.names)
    }
    #expect(error?.code == .malformed)
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("CANARY") == false)
    #expect(error?.description.contains("secret A from its provider (command)") == true)
  }

  @Test func bytesThatAreNotTextAreNotJSON() throws {
    let source = try Self.source("name: A, field: a")
    let bytes = Array("{\"a\": \"".utf8) + [0xFF, 0xFE] + Array("\"}".utf8)
    #expect(throws: SecretFailure.self) {
      try source.secrets(in: SecretValue(bytes), wanted: source.contents.names)
    }
  }
}
