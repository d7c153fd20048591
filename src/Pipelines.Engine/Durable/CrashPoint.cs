using System.Diagnostics;

namespace Pipelines.Engine.Durable;

/// <summary>
/// A place between two effects, where a process may die. A build with fault hooks (FAULT_HOOKS, which only Debug defines) dies there when it is told to;
/// in every other build nobody calls this, and it is empty.
/// </summary>
public static partial class CrashPoint
{
    /// <summary>Whose places the next ones are, for as long as the asynchronous method that says so runs.</summary>
    /// <param name="scope">A consumer and its message, or a loop.</param>
    /// <param name="pipeline">On whose behalf, where that is known.</param>
    [Conditional("FAULT_HOOKS")]
    public static void Within(string scope, string? pipeline = null)
    {
#if FAULT_HOOKS
        Enter(scope, pipeline);
#endif
    }

    /// <summary>The same for a message: its conversation tells on behalf of which pipeline it is.</summary>
    [Conditional("FAULT_HOOKS")]
    public static void Within(string scope, Guid? conversation, object message)
    {
#if FAULT_HOOKS
        Enter(scope, PipelineOf(conversation, message));
#endif
    }

    /// <param name="place">One of the list in <c>CrashPoint.Faults.cs</c>.</param>
    /// <param name="about">The kind of message or call, where there are several.</param>
    [Conditional("FAULT_HOOKS")]
    public static void Here(string place, string? about = null)
    {
#if FAULT_HOOKS
        Pass(place, about);
#endif
    }
}
