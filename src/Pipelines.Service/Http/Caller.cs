using System.Security.Claims;
using Pipelines.Engine.Definitions;
using Pipelines.Storage.Audit;

namespace Pipelines.Service.Http;

/// <summary>Whose token a request came with. What is beyond the pipelines that it is limited to is, for whoever has it, not there.</summary>
/// <param name="Who">As what is changed says it.</param>
/// <param name="Reach">The only pipelines that it sees and moves; null is all.</param>
internal sealed record Caller(Actor Who, IReadOnlyList<string>? Reach)
{
    public string Name => Who.Name;

    public bool Sees(string pipeline) => Reach is null || Reach.Contains(pipeline, StringComparer.Ordinal);

    /// <summary>The definitions without what is beyond its reach, so that no list and no hint names it.</summary>
    public DefinitionSet Seen(DefinitionShelf definitions)
    {
        var all = definitions.Current;
        return Reach is null ? all : all with { Pipelines = all.Pipelines.Where(x => Sees(x.Key)).ToDictionary(StringComparer.Ordinal) };
    }

    /// <summary>What it may hand on, when it names nothing: all that it reaches.</summary>
    public IReadOnlyList<string> OrReach(IReadOnlyList<string>? named) => named is { Count: > 0 } ? named : Reach ?? [];

    /// <summary>How handlers get it.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext context)
    {
        var user = context.User;
        var id = Guid.TryParse(user.FindFirstValue(ClaimTypes.NameIdentifier), out var token) ? token : (Guid?)null;
        return ValueTask.FromResult(new Caller(new Actor(user.Identity?.Name ?? "", id), user.FindFirstValue(BearerHandler.ReachClaim)?.Split('\n')));
    }
}
