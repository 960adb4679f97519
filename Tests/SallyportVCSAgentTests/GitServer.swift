import Glibc
import NIOCore
import NIOPosix
import Subprocess

/// A real on-prem Git server: nginx, fcgiwrap and `git http-backend`, HTTPS with a private CA,
/// basic authentication, on a free loopback port.
enum GitServer {
  static let user = "ci-reader"
  static let password = "correct-horse-CANARY-9d1f"

  /// Serves `repositories/` of the scratch directory below `https://localhost:<port>/git/`.
  static func with(
    _ scratch: Scratch, _ body: @escaping @Sendable (_ url: String) async throws -> Void
  ) async throws {
    try await scratch.makeCertificates()
    try await scratch.shell(
      "printf '%s:%s\\n' \"$1\" \"$(openssl passwd -apr1 \"$2\")\" > htpasswd", user, password)
    let port = try await freePort()
    let execPath = try await scratch.shell("git --exec-path").split(separator: "\n")[0]
    try scratch.write(
      "nginx.conf", configuration(scratch, port: port, execPath: String(execPath)), mode: 0o644)
    try scratch.write("gitconfig", "[safe]\n\tdirectory = *\n", mode: 0o644)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await serve(
          "fcgiwrap", ["-c", "4", "-s", "unix:\(scratch.path("fcgi.sock"))"], scratch)
      }
      group.addTask {
        try await serve(
          "nginx",
          [
            "-p", scratch.directory, "-c", scratch.path("nginx.conf"), "-e",
            scratch.path("error.log"),
          ],
          scratch)
      }
      try await waitUntilReady(port: port, socket: scratch.path("fcgi.sock"))
      try await body("https://localhost:\(port)/git/")
      group.cancelAll()
      while let result = await group.nextResult() {
        if case .failure(let error) = result, !(error is CancellationError) { throw error }
      }
    }
  }

  private static func serve(_ program: String, _ arguments: [String], _ scratch: Scratch)
    async throws
  {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(2))
    ]
    let result = try await run(
      .name(program), arguments: Arguments(arguments),
      environment: .inherit.updating(["GIT_CONFIG_GLOBAL": scratch.path("gitconfig")]),
      platformOptions: options, output: .discarded, error: .string(limit: 65_536))
    if !Task.isCancelled {
      throw ScratchError(description: "\(program) ended: \(result.standardError)")
    }
  }

  static func freePort() async throws -> Int {
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = channel.localAddress?.port ?? 0
    try await channel.close()
    return port
  }

  private static func waitUntilReady(port: Int, socket: String) async throws {
    for _ in 0..<200 {
      if access(socket, F_OK) == 0,
        let channel = try? await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
          .connect(host: "127.0.0.1", port: port).get()
      {
        try await channel.close()
        return
      }
      try await Task.sleep(for: .milliseconds(25))
    }
    throw ScratchError(description: "the Git server did not come up")
  }

  private static func configuration(_ scratch: Scratch, port: Int, execPath: String) -> String {
    let directory = scratch.directory
    return """
      \(getuid() == 0 ? "user root;" : "")
      daemon off;
      master_process off;
      pid \(directory)/nginx.pid;
      error_log \(directory)/error.log warn;
      events { worker_connections 256; }
      http {
        access_log \(directory)/access.log;
        client_max_body_size 0;
        client_body_temp_path \(directory)/body;
        fastcgi_temp_path \(directory)/fastcgi;
        proxy_temp_path \(directory)/proxy;
        scgi_temp_path \(directory)/scgi;
        uwsgi_temp_path \(directory)/uwsgi;
        server {
          listen 127.0.0.1:\(port) ssl;
          server_name localhost;
          ssl_certificate \(directory)/certificate.pem;
          ssl_certificate_key \(directory)/key.pem;
          location ~ ^/git(/.*)$ {
            auth_basic "on-prem git";
            auth_basic_user_file \(directory)/htpasswd;
            fastcgi_pass unix:\(directory)/fcgi.sock;
            fastcgi_buffering off;
            fastcgi_request_buffering off;
            fastcgi_param SCRIPT_FILENAME \(execPath)/git-http-backend;
            fastcgi_param GIT_PROJECT_ROOT \(directory)/repositories;
            fastcgi_param GIT_HTTP_EXPORT_ALL 1;
            fastcgi_param PATH_INFO $1;
            fastcgi_param REMOTE_USER $remote_user;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
            fastcgi_param GIT_PROTOCOL $http_git_protocol;
          }
        }
      }

      """
  }
}
