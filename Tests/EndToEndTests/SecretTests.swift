import FoundationEssentials
import Glibc
import SallyportTestSupport
import Testing

/// Secrets come from the customer's own systems, reach the job, and stay on the customer's side.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SecretTests {
  /// A program of the kind of `vault kv get`, which speaks to a server with a token of its own.
  @Test func aVaultStyleCommandGivesAJobItsSecret() async throws {
    let value = "CANARY-vault-\(UInt64.random(in: .min ... .max))"
    let token = "CANARY-token-\(UInt64.random(in: .min ... .max))"
    try await SecretsCustomer.with { customer in
      try customer.write(token, to: "token")
      try await customer.serving("vault_server.py", [token, value]) { port in
        let read = "\(SecretsCustomer.resources)/vault-read"
        let variables =
          "{VAULT_ADDR: \"http://127.0.0.1:\(port)\", VAULT_TOKEN_FILE: \(customer.folder)/token}"
        let environment = try customer.secrets(
          """
            - name: db.password
              command: [\(read), secret/data/app]
              field: data.data.password
              variables: \(variables)
              jobs: [{commands: [[sh, "**"]]}]
            - name: OTHER
              command: [\(read), secret/data/other]
              field: data.data.password
              variables: \(variables)
              jobs: every
          """)
        try await Stack.with(environment: environment, store: .plain) { stack in
          let out = "\(customer.folder)/out"
          let job = try await stack.submit(
            ["--secret", "db.password=as:PGPASSWORD"],
            command: ["sh", "-c", "printf %s \"$PGPASSWORD\" > \(out)"])
          #expect(job.result.status == 0, "\(job.result.errorText)")
          #expect(try String(contentsOfFile: out, encoding: .utf8) == value)

          let denied = try await stack.submit(
            ["--secret", "db.password=as:PGPASSWORD"], command: ["touch", out])
          #expect(
            try await stack.show(denied.id).reason
              == "denied by customer policy: secrets (the secret db.password is not available to "
              + "this job here)")

          let failed = try await stack.submit(["--secret", "OTHER"], command: ["touch", out])
          #expect(
            try await stack.show(failed.id).reason
              == "no secret OTHER from its provider (command): its command ended with exit code 2")
          let lines = try await stack.logLines("worker-1", matching: "secret provider complained")
          #expect(lines.first?.contains("vault-read: secret/data/other") == true)

          try await Self.expectNowhere([value, token], in: stack)
          let ledger = try Self.ledger(of: stack)
          #expect(ledger.contains(#""names":["db.password"],"providers":["command"]"#))
        }
      }
    }
  }

  /// `sts:AssumeRole` with an external ID, by the real command line of AWS: the job has credentials
  /// that work, which no vendor has ever carried.
  @Test func credentialsOfAnAssumedRoleNeverPassTheGateway() async throws {
    let python = try await SecretsCustomer.aws.interpreter()
    let aws = python.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/aws"
    let externalID = "tenant-\(UInt64.random(in: .min ... .max))"
    try await SecretsCustomer.with { customer in
      try await customer.serving("aws_server.py", [externalID], python: python) { port in
        try customer.write(
          "[default]\naws_access_key_id = AKIAWORKER\naws_secret_access_key = worker\n",
          to: "credentials")
        let entry = { (names: [String], externalID: String) in
          """
            - fields:
                \(names[0]): Credentials.AccessKeyId
                \(names[1]): Credentials.SecretAccessKey
                \(names[2]): Credentials.SessionToken
              command:
                - \(aws)
                - sts
                - assume-role
                - --role-arn
                - arn:aws:iam::123456789012:role/deploy
                - --role-session-name
                - sallyport
                - --external-id
                - \(externalID)
                - --output
                - json
              variables:
                AWS_ENDPOINT_URL: "http://127.0.0.1:\(port)"
                AWS_DEFAULT_REGION: eu-central-1
                AWS_SHARED_CREDENTIALS_FILE: \(customer.folder)/credentials
                AWS_EC2_METADATA_DISABLED: "true"
              timeout: 1m
              jobs:
                - repositories: [team/app.git]
                  refs: [refs/heads/main]
          """
        }
        let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
        let environment = try customer.secrets(
          [entry(names, externalID), entry(["A", "B", "C"], "another")].joined(separator: "\n"))
        try await Stack.with(environment: environment, store: .plain) { stack in
          let options = ["--repo", "on-prem:team/app.git", "--ref", "main"]
          let out = "\(customer.folder)/out"
          let use = """
            printf '%s\\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" > \(out)
            exec \(aws) sts get-caller-identity --query Arn --output text
            """
          let job = try await stack.submit(
            options + names.flatMap { ["--secret", $0] }
              + [
                "--env", "AWS_ENDPOINT_URL=http://127.0.0.1:\(port)", "--env",
                "AWS_DEFAULT_REGION=eu-central-1", "--env", "AWS_EC2_METADATA_DISABLED=true",
              ], command: ["sh", "-c", use])
          #expect(job.result.status == 0, "\(job.result.errorText)")
          #expect(job.result.text == "arn:aws:sts::123456789012:assumed-role/deploy/sallyport\n")
          let values = try String(contentsOfFile: out, encoding: .utf8).split(separator: "\n")
          try #require(values.count == 3)
          #expect(values[0].hasPrefix("ASIA") && values[1].count >= 40)

          let refused = try await stack.submit(
            options + ["--secret", "A"], command: ["touch", "\(out)-refused"])
          #expect(refused.result.status != 0)
          let reason = try #require(try await stack.show(refused.id).reason)
          #expect(reason.contains("no secret A from its provider (command): its command ended"))
          let lines = try await stack.logLines("worker-1", matching: "secret provider complained")
          #expect(lines.first?.contains("AccessDenied") == true, "\(lines)")
          #expect(!FileManager.default.fileExists(atPath: "\(out)-refused"))

          try await Self.expectNowhere(values.map(String.init), in: stack)
        }
      }
    }
  }

  /// The gateway's memory, disk and log; disk and log of worker and VCS agent.
  private static func expectNowhere(_ values: [String], in stack: Stack) async throws {
    let needles = values.map { Array($0.utf8) }
    try await MemoryDump.take(of: try await stack.gateway, into: "\(stack.data)/gateway-core")
    #expect(try ByteSearch.files(below: stack.data, containing: needles) == [])
  }

  private static func ledger(of stack: Stack) throws -> String {
    let folder = "\(stack.data)/worker-1/ledger"
    return try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".jsonl") }
      .map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }.joined()
  }
}
