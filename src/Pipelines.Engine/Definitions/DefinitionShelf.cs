using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Definitions;

/// <summary>
/// Keeps the last good set of definitions. The first set must be good, or the service does not start; later, a bad one leaves the
/// good one in force and says so.
/// </summary>
public sealed partial class DefinitionShelf(DefinitionOptions options, ILogger<DefinitionShelf> logger)
{
    private readonly Lock _reloading = new();
    private volatile State _state = new(DefinitionSet.Empty, [], Tried: "");
    private TaskCompletionSource<DefinitionReload> _next = NewNext();

    /// <summary>The definitions in force. Take it once per decision: the next reading may be another set.</summary>
    public DefinitionSet Current => _state.Current;

    /// <summary>What is wrong with the files as they are now; empty when they are in force.</summary>
    public IReadOnlyList<DefinitionProblem> Problems => _state.Problems;

    /// <summary>The next outcome of a reload, good or bad.</summary>
    public Task<DefinitionReload> NextReload => Volatile.Read(ref _next).Task;

    /// <summary>The first load, at the start of the service.</summary>
    /// <exception cref="DefinitionException">There are mistakes; it lists all of them.</exception>
    public DefinitionSet LoadOrThrow()
    {
        var files = ReadFiles(out var unreadable);
        var set = unreadable is null ? DefinitionSet.TryParse(files, out var problems) : Unreadable(unreadable, out problems);
        if (set is null)
        {
            throw new DefinitionException(problems);
        }

        _state = new(set, [], DefinitionReader.DigestOf(files));
        LogLoaded(set.Pipelines.Count, set.Instances.Count, options.Folder);
        return set;
    }

    /// <summary>Takes up what is in the folder now, if it is good.</summary>
    public DefinitionReload Reload()
    {
        DefinitionReload reload;
        TaskCompletionSource<DefinitionReload> told;
        lock (_reloading)
        {
            reload = TakeUp();
            told = Interlocked.Exchange(ref _next, NewNext());
        }

        told.SetResult(reload);
        return reload;
    }

    /// <summary>A digest of what is in the folder, and whether it is something else than what was last tried.</summary>
    internal bool HasChanged(out string digest)
    {
        var files = ReadFiles(out var unreadable);
        digest = unreadable ?? DefinitionReader.DigestOf(files);
        return digest != _state.Tried;
    }

    private DefinitionReload TakeUp()
    {
        var before = _state.Current;
        var files = ReadFiles(out var unreadable);
        var set = unreadable is null ? DefinitionSet.TryParse(files, out var problems) : Unreadable(unreadable, out problems);
        var tried = unreadable ?? DefinitionReader.DigestOf(files);
        if (set is null)
        {
            _state = new(before, problems, tried);
            LogRefused(problems.Count, string.Join(Environment.NewLine, problems));
            return new(before, problems, []);
        }

        var changes = DefinitionChanges.Between(before, set);
        _state = new(set, [], tried);
        LogReloaded(changes.Count == 0 ? "nothing changed" : string.Join(", ", changes));
        return new(set, [], changes);
    }

    private IReadOnlyList<DefinitionFile> ReadFiles(out string? unreadable)
    {
        unreadable = null;
        try
        {
            return DefinitionFolder.Read(options.Folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            unreadable = e.Message;
            return [];
        }
    }

    private DefinitionSet? Unreadable(string why, out IReadOnlyList<DefinitionProblem> problems)
    {
        problems = [new(options.Folder, 1, 1, $"the folder cannot be read: {why} Mount it, or set the folder of the definitions.")];
        return null;
    }

    private static TaskCompletionSource<DefinitionReload> NewNext() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record State(DefinitionSet Current, IReadOnlyList<DefinitionProblem> Problems, string Tried);

    [LoggerMessage(1200, LogLevel.Information, "Loaded {Pipelines} pipelines and {Instances} instances from {Folder}.")]
    private partial void LogLoaded(int pipelines, int instances, string folder);

    [LoggerMessage(1201, LogLevel.Information, "Took up new definitions: {Changes}.")]
    private partial void LogReloaded(string changes);

    [LoggerMessage(1202, LogLevel.Error, "New definitions have {Count} mistakes and are not taken up; the last good ones stay in force:\n{Problems}")]
    private partial void LogRefused(int count, string problems);
}

/// <summary>The outcome of a reload: what is in force after it, the problems that refused it, or what it changed.</summary>
public sealed record DefinitionReload(DefinitionSet Current, IReadOnlyList<DefinitionProblem> Problems, IReadOnlyList<string> Changes)
{
    public bool IsGood => Problems.Count == 0;
}
