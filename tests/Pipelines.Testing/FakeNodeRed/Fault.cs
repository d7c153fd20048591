namespace Pipelines.Testing;

/// <summary>What goes wrong with one request.</summary>
public abstract record Fault
{
    private Fault() { }

    /// <summary>Carried out after a while.</summary>
    public sealed record Delay(TimeSpan For) : Fault;

    /// <summary>Accepted, never answered, never carried out.</summary>
    public sealed record Hang : Fault;

    /// <summary>Carried out, never answered.</summary>
    public sealed record HangAfter : Fault;

    /// <summary>The connection is cut before anything is carried out.</summary>
    public sealed record CutBefore : Fault;

    /// <summary>Carried out, and the connection is cut instead of an answer.</summary>
    public sealed record CutAfter : Fault;

    /// <summary>Cut as <see cref="CutBefore"/>, and carried out all the same a while later, if the process that got it still lives.</summary>
    public sealed record CutAndLate(TimeSpan After) : Fault;

    /// <summary>Somebody on the way delivers it a second time at once; what the second time is answered is the answer.</summary>
    public sealed record Twice : Fault;

    /// <summary>A deploy is answered with 200 and the new revision, and nothing happens.</summary>
    public sealed record NoEffect : Fault;

    /// <summary>A login page: 200, text/html.</summary>
    public sealed record Html : Fault;

    /// <summary>A status with a Node-RED error as body.</summary>
    public sealed record Status(int Code, string ErrorCode = "unexpected_error", string Message = "a fault") : Fault;

    /// <summary>Carried out, and answered by a proxy with this status.</summary>
    public sealed record StatusAfter(int Code) : Fault;

    /// <summary><c>null</c>, as while booting.</summary>
    public sealed record BootNull : Fault;

    /// <summary>Somebody else deploys these flows first.</summary>
    public sealed record ForeignFirst(string Flows) : Fault;

    /// <summary>The old flows do not close: new revision, state "stop", no routes, no answer for so long.</summary>
    public sealed record CloseHangs(TimeSpan For) : Fault;

    /// <summary>The storage is slow: the deploy has its turn, and the old revision can be read until then.</summary>
    public sealed record StoresAt(Task Then) : Fault;
}
