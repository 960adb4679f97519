import SallyportCore
import SallyportStore
import SallyportStoreSQLite
import Testing

@Suite struct TokenTests {
  @Test("fifty keys at once: a single-use token serves one")
  func parallelUse() async throws {
    try await StoreFixture.with { fixture in
      let token = try await fixture.makeToken()
      let results = try await withThrowingTaskGroup(of: TokenRedemptionResult.self) { group in
        for index in 0..<50 {
          group.addTask {
            try await fixture.store.redeemToken(fixture.redemption(of: token, key: "key\(index)"))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let redeemed = results.count { if case .redeemed = $0 { true } else { false } }
      #expect(redeemed == 1)
      #expect(results.count { $0.refusal == .usedUp } == 49)
    }
  }

  @Test("one key at once, many times: one enrollee, one certificate")
  func parallelRetries() async throws {
    try await StoreFixture.with { fixture in
      let token = try await fixture.makeToken(uses: 5)
      let chains = try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
        for index in 0..<20 {
          group.addTask {
            let result = try await fixture.store.redeemToken(
              fixture.redemption(of: token, key: "same"))
            switch result {
            case .refused(let refusal): throw StoreError(code: .revoked, message: "\(refusal)")
            case .repeated(_, _, let chain): return chain
            case .redeemed(let enrollee, _):
              return try await fixture.store.recordEnrollment(
                of: enrollee, certificate: fixture.certificate("c\(index)"), replacing: nil,
                audit: fixture.audit())
            }
          }
        }
        return try await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(chains.count == 1)
      let left = try await fixture.store.tokens(of: fixture.tenant, pool: nil).first?.usesLeft
      #expect(left == 4)
    }
  }

  @Test("every other token is refused")
  func refusals() async throws {
    try await StoreFixture.with { fixture in
      let token = try await fixture.makeToken(uses: 2)
      let store = fixture.store
      func redeem(_ redemption: TokenRedemption) async throws -> TokenRefusal.Reason? {
        try await store.redeemToken(redemption).refusal
      }
      var unknown = fixture.redemption(of: token, key: "k")
      unknown.tokenHash[0] ^= 1
      #expect(try await redeem(unknown) == .unknown)
      #expect(
        try await redeem(fixture.redemption(of: token, key: "k", role: .agent)) == .wrongRole)
      let late = fixture.redemption(of: token, key: "k", at: token.expiresAt)
      #expect(try await redeem(late) == .expired)
      #expect(try await redeem(fixture.redemption(of: token, key: "k")) == nil)
      let second = try await fixture.makeToken()
      #expect(try await redeem(fixture.redemption(of: second, key: "k")) == .keyInUse)
      try await store.revokeToken(
        token.id, of: fixture.tenant, at: fixture.start, audit: fixture.audit())
      #expect(try await redeem(fixture.redemption(of: token, key: "k2")) == .revoked)
      #expect(try await redeem(fixture.redemption(of: token, key: "k")) == .revoked)
    }
  }

  @Test("another tenant's token cannot be revoked, and does not exist")
  func foreignToken() async throws {
    try await StoreFixture.with { fixture in
      let token = try await fixture.makeToken()
      let other = TenantName(unchecked: "globex")
      let missing = TokenID.random()
      for (id, tenant) in [(token.id, other), (missing, fixture.tenant)] {
        await #expect {
          try await fixture.store.revokeToken(
            id, of: tenant, at: fixture.start, audit: fixture.audit())
        } throws: {
          ($0 as? StoreError)?.code == .notFound
            && ($0 as? StoreError)?.message == "there is no token \(id)"
        }
      }
    }
  }

  @Test("a revoked enrollee is in bad standing, for good")
  func standing() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      let identity = GatewayIdentity.worker(
        tenant: worker.tenant, pool: worker.pool, id: worker.id)
      #expect(try await fixture.store.standing(of: identity) == .active)
      let moved = GatewayIdentity.worker(
        tenant: worker.tenant, pool: fixture.vcsPool, id: worker.id)
      #expect(try await fixture.store.standing(of: moved) == .unknown)
      let disguised = GatewayIdentity.agent(
        tenant: worker.tenant, pool: worker.pool, id: AgentID(unchecked: worker.id.rawValue))
      #expect(try await fixture.store.standing(of: disguised) == .unknown)

      try await fixture.submit()
      _ = try await fixture.claim(worker, session)
      let changes = try await fixture.store.revokeEnrollee(
        worker.id.rawValue, role: .worker, of: worker.tenant, at: fixture.start,
        audit: fixture.audit())
      #expect(changes.requeued.count == 1)
      #expect(try await fixture.store.standing(of: identity) == .revoked)
      #expect(try await fixture.claim(worker, session).isEmpty)
      let reopened = try await fixture.reopened()
      #expect(try await reopened.store.standing(of: identity) == .revoked)
    }
  }
}

extension TokenRedemptionResult {
  fileprivate var refusal: TokenRefusal.Reason? {
    if case .refused(let refusal) = self { refusal.reason } else { nil }
  }
}
