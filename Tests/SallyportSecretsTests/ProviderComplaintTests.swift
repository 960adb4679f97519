import SallyportSecrets
import Testing

struct ProviderComplaintTests {
  private func shown(_ complaint: String, _ output: String, isWhole: Bool = true) -> String {
    ProviderComplaint.text(
      SecretValue(complaint.utf8), isWhole: isWhole, hiding: SecretValue(output.utf8))
  }

  @Test(arguments: [
    ("permission denied", "", "permission denied"),
    ("token s3cr3t refused", "s3cr3t\n", "token *** refused"),
    ("token=s3cr3t", "{\"token\": \"s3cr3t\"}", "***=***"),
    ("xs3cr3ts3cr3tx", "s3cr3t", "x***x"), ("two\nlines\u{1b}[2J", "", #"two\nlines\x1b[2J"#),
    ("line-one and line-two", "line-one\nline-two\n", "*** and ***"),
    ("cat", "cat", "cat"), ("", "secret", ""),
  ])
  func whatWasPrintedIsHidden(complaint: String, output: String, expected: String) {
    #expect(shown(complaint, output) == expected)
  }

  @Test func halfASecretAtTheCutIsNotShown() {
    #expect(shown("no s3cr3t, s3cr", "s3cr3t", isWhole: false) == "no ***, ***")
    #expect(shown("s3cr", "s3cr3t", isWhole: false) == "***")
    #expect(shown("denied ", "s3cr3t", isWhole: false) == "denied ")
  }

  @Test func itIsShortAndWhereTooMuchIsToBeHiddenItIsNotShown() {
    #expect(shown(String(repeating: "x", count: 2_048), "").count == 1_025)
    let long = String(repeating: "secret ", count: 10_000)
    #expect(shown("secret", long) == "(not shown: the output is too long)")
  }
}
