namespace Pipelines.NodeRed.Admin;

/// <summary>The answer to a question that changes nothing.</summary>
public abstract record Reading<T>
{
    private Reading() { }

    /// <summary>Why there is no value, or null when there is one.</summary>
    public string? Trouble => this switch
    {
        NotReady notReady => notReady.Reason,
        Refused refused => refused.Reason,
        Silent silent => silent.Reason,
        _ => null,
    };

    public sealed record Read(T Value) : Reading<T>;

    /// <summary>It is booting: ask again.</summary>
    public sealed record NotReady(string Reason) : Reading<T>;

    /// <summary>It answered, and asking again would bring the same answer: a person has to change something.</summary>
    public sealed record Refused(string Reason) : Reading<T>;

    /// <summary>No usable answer came.</summary>
    public sealed record Silent(int Tries, string LastError, string Reason) : Reading<T>;

    internal Reading<TOther> Then<TOther>(Func<T, Reading<TOther>> next) => this switch
    {
        Read read => next(read.Value),
        NotReady notReady => new Reading<TOther>.NotReady(notReady.Reason),
        Refused refused => new Reading<TOther>.Refused(refused.Reason),
        Silent silent => new Reading<TOther>.Silent(silent.Tries, silent.LastError, silent.Reason),
        _ => throw new InvalidOperationException("A reading is one of four."),
    };
}
