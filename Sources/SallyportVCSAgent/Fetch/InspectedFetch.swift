internal import SallyportGitProtocol

/// One request to an upstream, of which only what a permission allows gets through in either
/// direction.
struct InspectedFetch: Sendable {
  let request: GitRequest
  let permission: FetchPermission
  let shown: ShownOnChannel
  let limits: FetchLimits
  let upstream: any Upstream

  /// What has to happen before the upstream is asked.
  ///
  /// - Returns: The number of the ledger's record.
  typealias Admission = @Sendable (RequestRecord) async throws -> UInt64

  /// - Parameters:
  ///   - record: Gets what was asked for and shown, whatever becomes of the request.
  ///   - admit: Called with what is asked for once that is allowed.
  /// - Throws: ``RequestRefusal``, `FetchRefusal`, `InvalidAnswer`, and what the response throws.
  func run(
    body: MeteredBody, response: MeteredResponder, record: inout RequestRecord,
    admit: Admission
  ) async throws {
    switch request.path.resource {
    case .advertisement: try await advertise(response, &record, admit)
    case .uploadPack: try await fetch(body, response, &record, admit)
    }
  }

  private func advertise(
    _ response: MeteredResponder, _ record: inout RequestRecord, _ admit: Admission
  ) async throws {
    record.admission = try await admit(record)
    let (permission, limit) = (permission, limits.advertisement)
    let filtered = FilteredResponder(response, shown: shown) {
      .advertisement(AdvertisementFilter(permission: permission, maximumBytes: limit))
    }
    defer { record.refs = filtered.refs }
    try await upstream.serve(
      UpstreamRequest(path: request.path, version: request.version, bodyLength: 0), body: .none,
      response: filtered)
    try await filtered.finish()
  }

  private func fetch(
    _ body: MeteredBody, _ response: MeteredResponder, _ record: inout RequestRecord,
    _ admit: Admission
  ) async throws {
    let inspection = RequestInspection(
      request, body: body, permission: permission, limits: limits, shown: shown)
    let filtered = FilteredResponder(response, shown: shown) {
      await inspection.makeFilter()
    }
    let result: Result<Void, any Error>
    do {
      let (version, length) = try await inspection.prepare()
      record.fetch = await inspection.record
      record.admission = try await admit(record)
      try await upstream.serve(
        UpstreamRequest(path: request.path, version: version, bodyLength: length),
        body: CheckedBody(inspection: inspection), response: filtered)
      try await filtered.finish()
      result = .success(())
    } catch {
      result = .failure(await inspection.failure ?? error)
    }
    record.fetch = await inspection.record
    record.isMultiplexed = await inspection.isMultiplexed
    record.refs = filtered.refs
    try result.get()
  }
}
