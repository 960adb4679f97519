/// The reading ends of a job's standard output and standard error.
package struct JobOutputs: Sendable {
  let stdout: FileDescriptor
  let stderr: FileDescriptor
}
