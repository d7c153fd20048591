using Npgsql;

namespace Pipelines.StandTests.Fire.Auditing;

/// <summary>
/// Whoever believes nobody: reads the rows, the timeline and its feed, and what the replicas have on record themselves, and says which invariants were broken. It knows nothing of
/// the engine's code, only of what product and definitions promise. It remembers what it saw before: an end that has changed since is a violation too.
/// </summary>
internal sealed class Auditor
{
    /// <summary>All that it asks. A rule that is not in this list does not exist.</summary>
    public static IReadOnlyList<AuditRule> Rules { get; } =
    [
        new OneRevision(), new OneAtATime(), new OneEndForEachTrigger(), new FewOutOfService(), new GatesBeforeTouch(), new RestoredAsRecorded(),
        new UnbrokenTimeline(), new SnapshotsStay(), new EndsStay(), new PausedTouchesNothing(), new EveryWaitEnds(), new NothingSetAside(),
    ];

    private IReadOnlyDictionary<Guid, Ending> _before = new Dictionary<Guid, Ending>();

    /// <param name="database">Read in one snapshot; nothing is written.</param>
    /// <param name="replicas">The replicas' own records; a replica without one is judged by the database alone.</param>
    /// <param name="receipts">What callers were told: the key of a trigger, and the promotion that it was answered with.</param>
    public async Task<IReadOnlyList<Violation>> AuditAsync(NpgsqlDataSource database, IEnumerable<ReplicaRecord> replicas, IEnumerable<Receipt>? receipts = null)
    {
        var books = await BooksReader.ReadAsync(database) with { Records = [.. replicas], Receipts = [.. receipts ?? []], Before = _before };
        _before = books.Promotions.Where(x => x.EndedAt is not null).ToDictionary(x => x.Id, x => new Ending(x.State, x.EndedAt!.Value, x.LastSeq));
        return [.. Rules.SelectMany(rule => rule.Check(books))];
    }
}

/// <summary>One invariant: its name, its sentence, and how its violations are found.</summary>
internal abstract class AuditRule(string name, string sentence)
{
    public string Name { get; } = name;

    public string Sentence { get; } = sentence;

    public abstract IEnumerable<Violation> Check(Books books);

    protected Violation Broken(Guid? promotion, string what) => new(Name, what, promotion);

    public override string ToString() => $"{Name}: {Sentence}";
}

/// <summary>One finding.</summary>
/// <param name="Rule">The invariant's name.</param>
/// <param name="What">What was seen.</param>
/// <param name="Promotion">Whose, where it is one's.</param>
internal sealed record Violation(string Rule, string What, Guid? Promotion)
{
    public override string ToString() => $"{Rule}: {What}{(Promotion is { } id ? $" [{id}]" : "")}";
}
