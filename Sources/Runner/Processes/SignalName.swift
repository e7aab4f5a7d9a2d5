import Foundation

/// Names of signals for messages.
public enum SignalName {
  /// The name of a signal, `SIGKILL`, or its number when it has no common name.
  public static func of(_ number: Int32) -> String {
    names[number] ?? "signal \(number)"
  }

  /// What most probably sent a signal that ends a process.
  static func explanation(of number: Int32) -> String? {
    switch number {
    case SIGKILL: "usually the system ran out of memory, or somebody used kill -9"
    case SIGILL, SIGTRAP: "a check inside the program failed"
    case SIGSEGV, SIGBUS: "the program accessed invalid memory"
    case SIGXCPU: "its limit of processor time is exceeded"
    default: nil
    }
  }

  /// Whether a signal comes from outside of a process, such as the kernel's when memory runs out,
  /// and not from a mistake of the process itself.
  static func isForeign(_ number: Int32) -> Bool {
    ![SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS].contains(number)
  }

  private static let names: [Int32: String] = [
    SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
    SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL",
    SIGSEGV: "SIGSEGV", SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM",
    SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ",
  ]
}
