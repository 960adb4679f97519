import SallyportCore
import SallyportStore
import SallyportStoreSQLite
import Testing

@Suite struct SecretStoreTests {
  private let release = ContextName(unchecked: "release")
  private let staging = ContextName(unchecked: "staging")

  private func makeContexts(_ fixture: StoreFixture) async throws {
    for name in [release, staging] {
      try await fixture.store.createContext(
        ContextRecord(tenant: fixture.tenant, name: name, createdAt: fixture.start),
        audit: fixture.audit())
    }
  }

  private func set(
    _ name: String, in context: ContextName, version: UInt64, _ sealed: [UInt8],
    _ fixture: StoreFixture
  ) async throws {
    try await fixture.store.setSecret(
      SecretRecord(
        tenant: fixture.tenant, context: context, pool: fixture.pool, name: name,
        version: version, keyID: "key", setAt: fixture.start, setBy: "alice"),
      sealed: sealed, audit: fixture.audit("secret.set"))
  }

  private func sealed(
    _ names: [String], _ contexts: [ContextName], _ fixture: StoreFixture
  ) async throws -> [StoredSecret] {
    try await fixture.store.sealedSecrets(
      named: names, for: fixture.pool, contexts: contexts, of: fixture.tenant)
  }

  @Test func versionsAreNeverUsedTwice() async throws {
    try await StoreFixture.with { fixture in
      try await makeContexts(fixture)
      for version in [0, 2] as [UInt64] {
        let error = await #expect(throws: StoreError.self) {
          try await set("KEY", in: release, version: version, [1], fixture)
        }
        #expect(error?.code == .conflict)
      }
      try await set("KEY", in: release, version: 1, [1], fixture)
      try await set("KEY", in: release, version: 2, [2], fixture)
      #expect(try await sealed(["KEY"], [release], fixture).map(\.sealed) == [[2]])
      try await fixture.store.removeSecret(
        "KEY", in: release, pool: fixture.pool, of: fixture.tenant, audit: fixture.audit())
      #expect(try await sealed(["KEY"], [release], fixture).isEmpty)
      let listed = try await fixture.store.secrets(in: release, pool: nil, of: fixture.tenant)
      #expect(listed.map(\.version) == [2] && listed.map(\.isRemoved) == [true])
      // Also where the whole context has gone meanwhile.
      try await fixture.store.removeContext(release, of: fixture.tenant, audit: fixture.audit())
      try await fixture.store.createContext(
        ContextRecord(tenant: fixture.tenant, name: release, createdAt: fixture.start),
        audit: fixture.audit())
      await #expect(throws: StoreError.self) {
        try await set("KEY", in: release, version: 1, [3], fixture)
      }
      try await set("KEY", in: release, version: 3, [3], fixture)
    }
  }

  @Test func whatAJobNamesCountsBeforeWhatIsAttached() async throws {
    try await StoreFixture.with { fixture in
      try await makeContexts(fixture)
      try await set("KEY", in: release, version: 1, [1], fixture)
      try await set("KEY", in: staging, version: 1, [2], fixture)
      try await set("OTHER", in: staging, version: 1, [3], fixture)
      #expect(try await sealed(["KEY"], [], fixture).isEmpty)
      for name in [release, staging, release] {
        _ = try await fixture.store.attachContext(
          name, to: fixture.pool, of: fixture.tenant, audit: fixture.audit())
      }
      #expect(try await sealed(["KEY"], [], fixture).map(\.context) == [release, staging])
      let named = try await sealed(["KEY", "OTHER"], [staging], fixture)
      #expect(named.map(\.context) == [staging, release, staging])
      let changed = try await fixture.store.detachContext(
        release, from: fixture.pool, of: fixture.tenant, audit: fixture.audit())
      #expect(changed.pools.isEmpty)
      #expect(try await sealed(["KEY"], [], fixture).map(\.context) == [staging])
    }
  }

  @Test func variablesHaveTheSamePrecedence() async throws {
    try await StoreFixture.with { fixture in
      try await makeContexts(fixture)
      for (context, name, value) in [
        (release, "A", "release"), (staging, "A", "staging"), (staging, "B", "staging"),
        (staging, "B", "later"),
      ] {
        try await fixture.store.setVariable(
          VariableRecord(
            tenant: fixture.tenant, context: context, name: name, value: value,
            setAt: fixture.start, setBy: "alice"), audit: fixture.audit())
      }
      _ = try await fixture.store.attachContext(
        staging, to: fixture.pool, of: fixture.tenant, audit: fixture.audit())
      func values(_ contexts: [ContextName]) async throws -> [String: String] {
        try await fixture.store.variables(
          for: fixture.pool, contexts: contexts, of: fixture.tenant)
      }
      #expect(try await values([]) == ["A": "staging", "B": "later"])
      #expect(try await values([release]) == ["A": "release", "B": "later"])
      await #expect(throws: StoreError.self) {
        try await values([ContextName(unchecked: "nowhere")])
      }
    }
  }

  @Test func whoIsNotInGoodStandingIsShownNoVariables() async throws {
    try await StoreFixture.with { fixture in
      try await makeContexts(fixture)
      try await fixture.store.setVariable(
        VariableRecord(
          tenant: fixture.tenant, context: staging, name: "A", value: "1",
          setAt: fixture.start, setBy: "alice"), audit: fixture.audit())
      let nowhere = ContextName(unchecked: "nowhere")
      func ground(_ contexts: [ContextName], _ name: OperatorName) async throws -> SubmissionGround
      {
        try await fixture.store.submissionGround(
          for: fixture.pool, contexts: contexts, of: fixture.tenant,
          by: .operatorNamed(tenant: fixture.tenant, name: name))
      }
      let (known, stranger) = (OperatorName(unchecked: "alice"), OperatorName(unchecked: "mallory"))
      try await fixture.store.recordOperator(
        known, of: fixture.tenant, certificate: fixture.certificate("alice"),
        audit: fixture.audit())
      #expect(
        try await ground([staging], known)
          == SubmissionGround(standing: .active, variables: ["A": "1"]))
      await #expect(throws: StoreError.self) { try await ground([nowhere], known) }
      for context in [staging, nowhere] {
        #expect(try await ground([context], stranger) == SubmissionGround(standing: .unknown))
      }
    }
  }

  @Test func aRemovedContextTakesEverythingWithIt() async throws {
    try await StoreFixture.with { fixture in
      try await makeContexts(fixture)
      try await set("KEY", in: release, version: 1, [1], fixture)
      _ = try await fixture.store.attachContext(
        release, to: fixture.pool, of: fixture.tenant, audit: fixture.audit())
      try await fixture.store.removeContext(release, of: fixture.tenant, audit: fixture.audit())
      #expect(try await sealed(["KEY"], [release], fixture).isEmpty)
      #expect(try await fixture.store.contexts(of: fixture.tenant).map(\.name) == [staging])
      await #expect(throws: StoreError.self) {
        try await fixture.store.removeContext(release, of: fixture.tenant, audit: fixture.audit())
      }
    }
  }

  @Test func theNewestPoolKeyIsFirstAndOldOnesGo() async throws {
    try await StoreFixture.with { fixture in
      func publish(_ id: String) async throws {
        try await fixture.store.publishPoolKey(
          PoolKeyRecord(
            tenant: fixture.tenant, pool: fixture.pool, keyID: id, certificate: [1],
            publishedAt: fixture.start, publishedBy: "alice"), audit: fixture.audit())
      }
      for number in 0..<20 { try await publish("key \(number)") }
      try await publish("key 10")
      let keys = try await fixture.store.poolKeys(of: fixture.pool, of: fixture.tenant)
      #expect(keys.count == 16)
      #expect(keys.prefix(2).map(\.keyID) == ["key 10", "key 19"])
      await #expect(throws: StoreError.self) {
        try await fixture.store.poolKeys(of: fixture.vcsPool, of: fixture.tenant)
      }
    }
  }

  @Test func nothingOfAnotherTenantIsFound() async throws {
    try await StoreFixture.with { fixture in
      let other = TenantName(unchecked: "globex")
      try await fixture.makeTenant(other)
      try await makeContexts(fixture)
      try await set("KEY", in: release, version: 1, [1], fixture)
      #expect(try await fixture.store.contexts(of: other).isEmpty)
      #expect(
        try await fixture.store.sealedSecrets(
          named: ["KEY"], for: fixture.pool, contexts: [release], of: other
        ).isEmpty)
      await #expect(throws: StoreError.self) {
        try await fixture.store.secrets(in: release, pool: nil, of: other)
      }
    }
  }
}
