import Foundation
import SallyportCore
import SallyportIdentity
import SallyportSession
import Testing

@Suite struct StateDirectoryTests {
  @Test func oneProcessAtATime() async throws {
    try await withStatePath { path in
      var first: StateDirectory? = try StateDirectory.open(path)
      let error = #expect(throws: SessionError.self) { try StateDirectory.open(path) }
      #expect(error?.code == .inUse)
      #expect(error?.message.contains("\(path)/lock") == true)
      withExtendedLifetime(first) {}
      first = nil
      #expect(throws: Never.self) { _ = try StateDirectory.open(path) }
    }
  }

  @Test func refusesADirectoryThatOthersWriteTo() async throws {
    try await withStatePath { path in
      _ = try StateDirectory.open(path)
      for directory in [path, "\(path)/identity", "\(path)/trust"] {
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory)
        let error = #expect(throws: SessionError.self) { try StateDirectory.open(path) }
        #expect(error?.code == .state)
        #expect(error?.message.contains("chmod 700 \(directory)") == true)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory)
      }
    }
  }

  @Test func saysWhatIsMissing() async throws {
    try await withStatePath { path in
      let state = try StateDirectory.open(path)
      #expect(throws: SessionError.self) { try state.enrollment() }
      let outer = await #expect(throws: SessionError.self) {
        _ = try await state.outerCredentials()
      }
      #expect(outer?.code == .notEnrolled)
      #expect(try await state.innerCredentials() == nil)
    }
  }

  @Test(arguments: [
    "", "{}", "[]", "not json", #"{"role":"worker"}"#,
    #"{"role":"king","spiffe_id":"spiffe://a/b","external_id":"00112233445566778899aabbccddeeff","gateway":"","enrolled_at":1}"#,
    #"{"role":"worker","spiffe_id":"http://a/b","external_id":"00112233445566778899aabbccddeeff","gateway":"","enrolled_at":1}"#,
    #"{"role":"worker","spiffe_id":"spiffe://a/b","external_id":"short","gateway":"","enrolled_at":1}"#,
  ])
  func refusesADamagedRecord(text: String) async throws {
    try await withStatePath { path in
      let state = try StateDirectory.open(path)
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/enrollment.json"))
      let error = #expect(throws: SessionError.self) { try state.enrollment() }
      #expect(error?.code == .state)
      #expect(error?.message.contains("enrollment.json") == true)
    }
  }

  @Test func loadsAnInnerIdentityAndRefusesAnExpiredOrUnsafeOne() async throws {
    try await withStatePath { path in
      let state = try StateDirectory.open(path)
      let root = try TrustRoot.create(trustDomain: "git.acme")
      let key = SigningKey.generate()
      let issued = try root.issue(
        for: CertificateRequest(verifying: key.certificateRequest()),
        identity: .worker(InnerName("w1")))
      try state.trust.replace(key: key, chain: issued.chain, roots: [root.certificate])
      let inner = try #require(try await state.innerCredentials())
      #expect(inner.leaf.spiffeID?.uri == "spiffe://git.acme/worker/w1")
      #expect(inner.roots == [root.certificate])

      let expired = await #expect(throws: SessionError.self) {
        _ = try await state.innerCredentials(now: issued.notAfter)
      }
      #expect(expired?.code == .expired)

      try FileManager.default.setAttributes(
        [.posixPermissions: 0o644], ofItemAtPath: "\(path)/trust/key.pem")
      let unsafe = await #expect(throws: SessionError.self) {
        _ = try await state.innerCredentials()
      }
      #expect(unsafe?.code == .state)
      #expect(unsafe?.message.contains("chmod 600") == true)
    }
  }
}
