import Testing

/// The kernel's keyrings that a job can put something into, and the program by which one does.
struct Keyrings: Sendable {
  let names: [String]

  /// For `job submit`: gives the job the program, `python3 -c "$KEYRINGS" plant` and `look`.
  var options: [String] {
    ["--env", "KEYRINGS=\(Self.program)", "--env", "RINGS=\(names.joined(separator: " "))"]
  }

  /// Those that there are here: a kernel may have none, or a container's filter close them.
  static func usable(_ executables: Executables) async throws -> Keyrings {
    let found = try await executables.run("/usr/bin/python3", ["-c", program, "list"])
    try #require(found.status == 0, "\(found.errorText)")
    return Keyrings(names: found.text.split(separator: "\n").map(String.init))
  }

  /// `list`: which there are. `plant`: puts TOKEN into each of RINGS. `look`: which of RINGS has the
  /// needle, as whoever may link them into the session's keyring can read them.
  private static let program = """
    import ctypes, os, platform, sys
    add_key, keyctl = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
    number = {"session": -3, "user": -4, "user-session": -5}
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    def system(*arguments):
      return call(*[ctypes.c_long(one) if isinstance(one, int) else one for one in arguments])
    def ring(name):
      # The persistent one has no number of its own: the thread's keyring gets it.
      return max(system(keyctl, 22, -1, -1), 0) if name == "persistent" else number[name]
    def read(key):
      content = ctypes.create_string_buffer(65536)
      length = system(keyctl, 11, key, content, len(content))
      return content.raw[:max(length, 0)]
    if sys.argv[1] == "list":
      for name in [*number, "persistent"]:
        if system(keyctl, 0, ring(name), 1) > 0: print(name)
      sys.exit()
    for name in os.environ["RINGS"].split():
      if sys.argv[1] == "plant":
        value = os.environ["TOKEN"].encode()
        if system(add_key, b"user", b"sallyport-token", value, len(value), ring(name)) < 0:
          sys.exit(f"no key in the {name} keyring: {os.strerror(ctypes.get_errno())}")
        continue
      needle = b"CANARY-" + os.environ["NEEDLE"].encode()
      system(keyctl, 8, ring(name), -3)
      keys = memoryview(read(ring(name))).cast("i")
      if any(needle in read(key) for key in keys): print("keyring", name, "has it")
    """
}
