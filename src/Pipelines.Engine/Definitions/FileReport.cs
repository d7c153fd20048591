using FluentValidation.Results;
using Pipelines.Engine.Definitions.Yaml;

namespace Pipelines.Engine.Definitions;

/// <summary>What is wrong in one file, and where each setting stands in it.</summary>
internal sealed class FileReport(string file)
{
    private readonly Dictionary<string, Place> _written = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private readonly List<DefinitionProblem> _problems = [];

    public IReadOnlyList<DefinitionProblem> Problems => _problems;

    public void Say(Place at, string text) => _problems.Add(new(file, at.Line, at.Column, text));

    /// <summary>Remembers where a setting stands.</summary>
    public void Written(string path, Place at) => _written[path] = at;

    /// <summary>A setting that cannot be read. What follows from its absence is not said as well.</summary>
    public void Failed(string path, Place at, string text)
    {
        Unread(path);
        Say(at, text);
    }

    /// <summary>A setting that cannot be read for a reason which is already said.</summary>
    public void Unread(string path)
    {
        _failed.Add(path);
        _touched.Add(path);
    }

    /// <summary>Where the setting stands, or the nearest one around it.</summary>
    public Place Find(string path)
    {
        while (path.Length > 0)
        {
            if (_written.TryGetValue(path, out var at))
            {
                return at;
            }

            path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
        }

        return _written.GetValueOrDefault("", new Place(1, 1));
    }

    public bool WasRead(string path) => !_failed.Contains(path) && !_failed.Contains("");

    /// <summary>Nothing was said about this setting, nor about what is in it.</summary>
    public bool IsSound(string path) => !_failed.Contains("") && !_touched.Any(x => x == path || x.StartsWith($"{path}.", StringComparison.Ordinal));

    /// <summary>Takes over what the rules found, each at the line it is about.</summary>
    public void Add(IEnumerable<ValidationFailure> failures, string prefix = "")
    {
        foreach (var failure in failures)
        {
            var paths = (failure.CustomState as string[] ?? [failure.PropertyName]).Select(x => $"{prefix}{x}".TrimEnd('.')).ToList();
            if (!paths.Exists(IsUnread))
            {
                _touched.Add(paths[0]);
                Say(Find(paths.Find(_written.ContainsKey) ?? paths[0]), failure.ErrorMessage);
            }
        }
    }

    private bool IsUnread(string path) =>
        _failed.Contains(path)
        || _failed.Contains("")
        || _failed.Any(x => path.Length > x.Length && path.StartsWith(x, StringComparison.Ordinal) && path[x.Length] is ('.' or '['))
        || _failed.Any(x => x.StartsWith($"{path}[", StringComparison.Ordinal) && !x[path.Length..].Contains('.', StringComparison.Ordinal));
}
