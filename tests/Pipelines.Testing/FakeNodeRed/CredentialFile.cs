using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pipelines.Testing;

/// <summary>Reads a real Node-RED's <c>flows_cred.json</c>: <c>{"$": 32 hex digits of IV + base64 of AES-256-CTR}</c>, key = SHA-256 of the secret.</summary>
public static class CredentialFile
{
    private const int IvDigits = 32;
    private const int Block = 16;

    /// <summary>One field of one node's credentials, or null.</summary>
    public static string? Read(string path, string credentialSecret, string nodeId, string field)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(path));
        if (!file.RootElement.TryGetProperty("$", out var sealedText))
        {
            return null;
        }
        using var credentials = JsonDocument.Parse(Open(sealedText.GetString()!, credentialSecret));
        return credentials.RootElement.TryGetProperty(nodeId, out var node) && node.TryGetProperty(field, out var value) ? value.ToString() : null;
    }

    private static byte[] Open(string text, string secret)
    {
        var counter = Convert.FromHexString(text[..IvDigits]);
        var bytes = Convert.FromBase64String(text[IvDigits..]);
        using var aes = Aes.Create();
        aes.Key = SHA256.HashData(Encoding.UTF8.GetBytes(secret));
        // .NET has no CTR mode: the key stream is the encrypted counter.
        for (var start = 0; start < bytes.Length; start += Block)
        {
            var stream = aes.EncryptEcb(counter, PaddingMode.None);
            for (var i = 0; i < Block && start + i < bytes.Length; i++)
            {
                bytes[start + i] ^= stream[i];
            }
            for (var digit = Block - 1; digit >= 0 && ++counter[digit] == 0; digit--)
            {
            }
        }
        return bytes;
    }
}
