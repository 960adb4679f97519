import Foundation
import SallyportCore
import SallyportIdentity
import Testing

@testable import SallyportSession

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

  @Test func readsAPipeToItsEndAndNotForEver() throws {
    let text = token.text.withValue { $0 }
    for (input, expected) in [
      ("\(text)\n", "\(text)\n"), ("", ""),
      (String(repeating: "x", count: 50_000), String(repeating: "x", count: 8_192)),
    ] {
      let pipe = Pipe()
      // Fits into the pipe's buffer of 64 KiB.
      try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
      try pipe.fileHandleForWriting.close()
      let read = try TokenSource.readToEnd(pipe.fileHandleForReading.fileDescriptor)
      #expect(read == expected)
    }
    #expect(throws: SessionError.self) { try TokenSource.readToEnd(-1) }
  }
}
