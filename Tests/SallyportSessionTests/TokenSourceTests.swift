import Foundation
import SallyportCore
import SallyportIdentity
import SallyportSession
import Testing

@Suite(.serialized) struct TokenSourceTests {
  let token = EnrollmentToken.make()

  @Test func readsAFile() async throws {
    try await withStatePath { path in
      let text = token.text.withValue { $0 }
      try Data("\(text)\n".utf8).write(to: URL(fileURLWithPath: path))
      #expect(try TokenSource.file(path).read().hash == token.hash)
    }
  }

  @Test func namesTheFileButNotItsContent() async throws {
    try await withStatePath { path in
      let missing = #expect(throws: SessionError.self) { try TokenSource.file(path).read() }
      #expect(missing?.code == .token)
      #expect(missing?.message.contains(path) == true)
      try Data("not-a-token-but-secret".utf8).write(to: URL(fileURLWithPath: path))
      let damaged = #expect(throws: SessionError.self) { try TokenSource.file(path).read() }
      #expect(damaged?.message.contains(path) == true)
      #expect(damaged?.message.contains("not-a-token-but-secret") == false)
    }
  }

  @Test func wipesTheEnvironment() throws {
    let name = "SALLYPORT_TEST_TOKEN_\(UInt32.random(in: 0 ... .max))"
    let text = token.text.withValue { $0 }
    setenv(name, text, 1)
    let stored = try #require(getenv(name))
    #expect(try TokenSource.environment(name).read().hash == token.hash)
    #expect(getenv(name) == nil)
    #expect(strlen(stored) == 0)
    let error = #expect(throws: SessionError.self) { try TokenSource.environment(name).read() }
    #expect(error?.message.contains(name) == true)
  }
}
