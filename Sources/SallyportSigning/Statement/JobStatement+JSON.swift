internal import SallyportCore

extension JobStatement {
  package static let payloadType = "application/vnd.sallyport.job.v1+json"
  /// Bytes of a statement.
  package static let maximumLength = 512 << 10
  package static let maximumRuns = 100

  /// The statement as JSON. Whatever is signed is these bytes; nobody writes them a second time.
  package var json: [UInt8] {
    var object: JSONObject = [
      "job_id": .string(job.rawValue), "tenant": .string(tenant.rawValue),
      "external_id": .string(externalID), "worker_pool": .string(workerPool.rawValue),
      "not_before": .string(notBefore.description), "expires": .string(expires.description),
      "runs": .integer(Int64(runs)), "command": .array(command.map(JSONValue.string)),
    ]
    if !environment.isEmpty { _ = object.append("environment", Self.json(environment)) }
    if !secrets.isEmpty { _ = object.append("secrets", .array(secrets.map(\.json))) }
    if let image { _ = object.append("image", .string(image)) }
    if let timeoutSeconds { _ = object.append("timeout_seconds", .integer(timeoutSeconds)) }
    if !selector.isEmpty { _ = object.append("selector", Self.json(selector)) }
    if let checkout { _ = object.append("checkout", checkout.json) }
    if !extensions.isEmpty {
      var members = JSONObject()
      for (name, value) in extensions.sorted(by: { $0.key < $1.key }) {
        _ = members.append(name, value)
      }
      _ = object.append("extensions", .object(members))
    }
    if !critical.isEmpty { _ = object.append("critical", .array(critical.map(JSONValue.string))) }
    return Array(JSONValue.object(object).text.utf8)
  }

  private static func json(_ map: [String: String]) -> JSONValue {
    var object = JSONObject()
    for (name, value) in map.sorted(by: { $0.key < $1.key }) {
      _ = object.append(name, .string(value))
    }
    return .object(object)
  }

  private static let members: Set<String> = [
    "job_id", "tenant", "external_id", "worker_pool", "not_before", "expires", "runs", "command",
    "environment", "secrets", "image", "timeout_seconds", "selector", "checkout", "extensions",
    "critical",
  ]

  /// - Throws: ``SignedJobError/Code/malformed``, ``SignedJobError/Code/unknownCritical``.
  package init(parsing bytes: [UInt8]) throws(SignedJobError) {
    guard bytes.count <= Self.maximumLength else {
      throw SignedJobError(.malformed, "a statement has at most \(Self.maximumLength) bytes")
    }
    let reader = try JSONReader.document(bytes, called: "the statement")
    try reader.allow(Self.members)
    self.init(
      job: try reader.id("job_id"), tenant: try reader.name("tenant"),
      externalID: try reader.string("external_id"), workerPool: try reader.name("worker_pool"),
      notBefore: try reader.time("not_before"), expires: try reader.time("expires"),
      command: try reader.strings("command"))
    runs = try reader.runs()
    environment = try reader.map("environment")
    secrets = try reader.secrets("secrets")
    image = try reader.optionalString("image")
    timeoutSeconds = try reader.optionalInteger("timeout_seconds")
    selector = try reader.map("selector")
    checkout = try reader.optionalObject("checkout").map { (checkout) throws(SignedJobError) in
      try Checkout(checkout)
    }
    extensions = try reader.values("extensions")
    critical = try reader.strings("critical")
    try check(reader)
  }

  private func check(_ reader: JSONReader) throws(SignedJobError) {
    guard notBefore < expires else { throw reader.malformed("expires before it is valid") }
    guard let program = command.first, !program.isEmpty else {
      throw reader.malformed("has no command")
    }
    if let timeoutSeconds, !(1...(366 * 86_400)).contains(timeoutSeconds) {
      throw reader.malformed("'timeout_seconds' is not between 1 and 366 days")
    }
    do throws(InvalidJobSecret) {
      try secrets.check(beside: environment.keys)
    } catch {
      throw reader.malformed("has secrets that cannot be delivered: \(error)")
    }
    for name in critical {
      guard extensions[name] != nil else {
        throw reader.malformed("'critical' names what is not among its extensions")
      }
      throw SignedJobError(
        .unknownCritical,
        "the statement needs the extension \(JSONReader.quoted(name)), which this version does not "
          + "know")
    }
  }
}

extension JSONReader {
  fileprivate func id(_ member: String) throws(SignedJobError) -> JobID {
    guard let id = JobID(try string(member)) else {
      throw malformed("'\(member)' is not 32 lower-case hexadecimal digits")
    }
    return id
  }

  fileprivate func name<Name: ChosenName>(_ member: String) throws(SignedJobError) -> Name {
    let text = try string(member)
    do {
      return try Name(text)
    } catch {
      throw malformed("'\(member)' is not a name")
    }
  }

  fileprivate func time(_ member: String) throws(SignedJobError) -> StatementTime {
    guard let time = StatementTime(try string(member)) else {
      throw malformed("'\(member)' is not a time such as 2026-11-21T20:00:00Z")
    }
    return time
  }

  fileprivate func runs() throws(SignedJobError) -> Int {
    guard let runs = try optionalInteger("runs"),
      (1...Int64(JobStatement.maximumRuns)).contains(runs)
    else { throw malformed("'runs' is not between 1 and \(JobStatement.maximumRuns)") }
    return Int(runs)
  }
}
