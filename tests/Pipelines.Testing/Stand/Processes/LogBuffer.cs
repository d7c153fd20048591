namespace Pipelines.Testing.Stand.Processes;

/// <summary>The last lines that a process wrote, for explanations.</summary>
public sealed class LogBuffer(int capacity = 400)
{
    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();

    public void Add(string line)
    {
        lock (_gate)
        {
            _lines.Enqueue(line);
            if (_lines.Count > capacity)
            {
                _lines.Dequeue();
            }
        }
    }

    public IReadOnlyList<string> Lines()
    {
        lock (_gate)
        {
            return [.. _lines];
        }
    }

    public string Tail(int lines = 20) => Lines() is { Count: > 0 } all ? string.Join('\n', all.TakeLast(lines)) : "(it wrote nothing)";
}
