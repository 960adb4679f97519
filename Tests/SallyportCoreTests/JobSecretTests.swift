import SallyportCore
import Testing

struct JobSecretTests {
  @Test(arguments: [
    ("NPM_TOKEN", "NPM_TOKEN", SecretDelivery.environment("NPM_TOKEN")),
    ("aws-deploy=as:AWS", "aws-deploy", .environment("AWS")),
    ("aws-deploy=as AWS", "aws-deploy", .environment("AWS")),
    ("ssh.key=file:ssh/id_ed25519", "ssh.key", .file("ssh/id_ed25519")),
    ("A=file:.netrc", "A", .file(".netrc")), ("A=file:...", "A", .file("...")),
  ])
  func aSecretIsRead(text: String, name: String, delivery: SecretDelivery) throws {
    let secret = try JobSecret(parsing: text)
    #expect(secret.name.rawValue == name && secret.delivery == delivery)
    #expect(try JobSecret(parsing: secret.description) == secret)
  }

  /// Above all a value that was given by mistake: it is in no message.
  @Test(arguments: [
    "", "=", "a b", "1A", "A=", "A=hunter2", "A=as:", "A=as:1", "A=as:hunter-2", "A=as:B\0hunter2",
    "A=as:SALLYPORT_hunter2", "A=file:", "A=file:/hunter2", "A=file:../hunter2",
    "A=file:a/../hunter2", "A=file:a//hunter2", "A=file:hunter2/", "A=file:-hunter2",
    "A=file:./hunter2", "A=file:a/b/c/d/e/f/g/h/hunter2", "A=file:hunter2\n", "aws-deploy",
    "A=FILE:hunter2", "ünter2=file:a",
  ])
  func anythingElseIsRefusedWithoutWhatWasGiven(text: String) {
    let error = #expect(throws: InvalidJobSecret.self) { try JobSecret(parsing: text) }
    #expect(error?.description.contains("unter") == false)
  }

  @Test func secretsHaveEachTheirOwnPlace() throws {
    let parse = { (texts: [String]) in try texts.map { try JobSecret(parsing: $0) } }
    try parse(["A", "b=as:B", "c=file:x/y", "d=file:x/z"]).check(beside: ["C"])
    for texts in [
      ["A", "A=file:x"], ["A", "b=as:A"], ["b=as:C"], ["a=file:x", "b=file:x"],
      ["a=file:x", "b=file:x/y"], ["a=file:x/y", "b=file:x"], (0..<65).map { "A\($0)" },
    ] {
      #expect(throws: InvalidJobSecret.self, "\(texts)") { try parse(texts).check(beside: ["C"]) }
    }
  }

  @Test func onlyWhatIsCalledOtherwiseIsAVariableOfTheSubmitters() throws {
    #expect(try JobSecret(parsing: "A").renamedVariable == nil)
    #expect(try JobSecret(parsing: "A=file:b").renamedVariable == nil)
    #expect(try JobSecret(parsing: "A=as:LD_PRELOAD").renamedVariable == "LD_PRELOAD")
  }
}
