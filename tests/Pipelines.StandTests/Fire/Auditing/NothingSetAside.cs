namespace Pipelines.StandTests.Fire.Auditing;

/// <summary>No invariant of its own: a message that nobody could work on is how others get broken later.</summary>
internal sealed class NothingSetAside() : AuditRule("Dead letters", "No message is set aside.")
{
    public override IEnumerable<Violation> Check(Books books) => books.SetAside.Select(x => Broken(null, x));
}
