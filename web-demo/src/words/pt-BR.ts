import type { WordKey } from "staylogged-connect";

export const ptBR: Record<WordKey, string> = {
  title: "Conectar a {name}",
  "title.any": "Conectar uma conta",
  "state.looking": "Um momento...",
  "state.choose": "Escolha o que conectar.",
  "state.asking": "Antes, uma pergunta.",
  "state.launching": "Abrindo uma janela do navegador...",
  "state.awaiting": "Uma janela do navegador foi aberta... Conclua o login...",
  "state.detected": "✅ Login detectado!",
  "state.verifying": "Verificando o login e salvando a sessão...",
  "state.otherAccount": "Outra conta está logada.",
  "state.saved": "✅ Conexão bem-sucedida! Sessão salva.",
  "state.failed": "A conexão não deu certo.",
  "state.cancelled": "O login foi cancelado.",
  "state.expired": "O tempo para fazer o login acabou.",
  "state.refused": "Não é possível abrir esta janela.",

  "choose.connected": "Conectado",
  "choose.needsReconnect": "Precisa reconectar",
  "choose.none": "Não há nada aqui para conectar.",

  "params.optional": "pode ficar em branco",
  "params.example": "Por exemplo: {example}",
  "params.missing": "Preencha este campo.",
  "params.invalid": "Assim não serve. Deve ter esta forma: {example}",
  "params.other": "Com isto não é possível abrir {name}.",
  "params.elsewhere":
    "Isto leva a outro lugar que antes. Quando for salvo, o que foi obtido do anterior será apagado.",
  "prime.login.title": "Você mesmo faz o login",
  "prime.login.text":
    "Um navegador privado abre {name} para você. Sua senha e seus códigos vão somente para {name}: nunca são guardados aqui.",
  "prime.kept.title": "Só a sessão é guardada",
  "prime.kept.text": "Aquilo que faz {name} lembrar de você é testado mais uma vez, por si só, e depois guardado, selado.",
  "prime.kept.for": "Serve para buscar: {what}.",
  "prime.long.title": "Por quanto tempo",
  "prime.long.until": "Até que {name} ou você encerre a sessão.",
  "prime.long.most": "Até que {name} ou você encerre a sessão; no máximo {time}.",
  "prime.end.title": "Você pode encerrar quando quiser",
  "prime.end.text": "Desconecte e a sessão é apagada. Sair de todos os dispositivos em {name} também a encerra.",
  "prime.again": "Estava conectado como {account}. Entre de novo com essa conta.",
  "prime.agree": "Ao continuar, você concorda com isso. Nada é guardado antes de você dizer que terminou.",
  "prime.continue": "Continuar",
  "prime.summary": "O que é guardado e como encerrar",

  "work.launching": "O navegador está iniciando no servidor. Isso leva alguns segundos.",
  "work.account": "Entre como {account}.",
  "work.hint.awaiting": "Faça login em {name} acima, como de costume. Sua senha vai somente para {name}.",
  "work.notice.challenge": "{name} pede um código ou outra prova de que é você. Informe acima: vai somente para {name}.",
  "work.notice.refused": "{name} não aceitou isso. Veja acima o que o site diz e tente de novo.",
  "work.hint.leave": "Esc duas vezes sai da imagem.",
  "work.hint.detected": "Pressione “{finish}” para verificar e salvar.",
  "work.hint.detectedAuto": "O resto acontece sozinho.",
  "work.hint.verifying": "O login é testado mais uma vez, por si só, antes de ser guardado.",

  "window.title": "A janela do navegador está aberta neste computador",
  "window.text": "Faça login em {name} nessa janela. Depois volte aqui.",
  "window.show": "Mostrar aqui também",
  "window.hide": "Não mostrar aqui",

  "time.left": "Restam {time}",
  "time.more": "Mais tempo",
  "time.extended": "Você tem mais tempo: até {time}.",

  "idle.title": "Você ainda está aí?",
  "idle.text": "Faz um tempo que nada acontece. O navegador fecha em {time}.",
  "idle.stay": "Ainda estou aqui",

  "notDetected.title": "Login não detectado",
  "notDetected.text": "Confira se você entrou mesmo em {name} e tente de novo. O navegador continua aberto.",
  "notDetected.looked": "O que foi procurado",
  "notDetected.seen": "Visto: {what}",
  "notDetected.true": "confere",
  "notDetected.false": "não confere",
  "notDetected.unknown": "não foi possível verificar",

  "reason.gone": "O site não parece mais estar logado.",
  "reason.notElsewhere":
    "O login não funcionou quando foi testado mais uma vez, por si só. Faça login de novo e pressione o botão quando terminar.",
  "reason.otherAccount": "A outra conta não foi salva. Faça login como {expected}.",
  "reason.other": "Faça login mais uma vez.",

  "other.title": "Esta é uma conta diferente",
  "other.text": "Até agora era {expected}. Agora quem está logado é {found}.",
  "other.question": "Ficar com esta conta? A sessão de {expected} será apagada.",
  "other.records": "O que foi lido como {expected} será apagado.",
  "other.replace": "Ficar com {found}",
  "other.back": "Entrar como {expected}",

  "verify.seen": "Login visto",
  "verify.tried": "Testado mais uma vez, por si só",
  "verify.sealed": "Selado e salvo",

  "saved.text": "A sessão está guardada, selada.",
  "saved.account": "Conectado como {account}.",
  "saved.closes": "Esta janela se fecha sozinha.",
  "saved.page": "Você pode fechar esta página. O resto continua onde você começou.",

  "cancelled.text": "O navegador foi fechado e nada foi salvo.",
  "expired.deadline":
    "Ninguém concluiu o login a tempo, então o navegador foi fechado. Nada foi salvo. Você pode começar de novo agora mesmo.",
  "expired.idle":
    "Nada aconteceu por um tempo, então o navegador foi fechado. Nada foi salvo. Você pode começar de novo agora mesmo.",

  "failure.browser_unavailable":
    "Não foi possível iniciar o navegador no servidor. Tente de novo; se acontecer outra vez, avise quem cuida deste serviço.",
  "failure.browser_lost":
    "O navegador no servidor parou de repente. Nada do que já estava salvo se perdeu. Tente de novo.",
  "failure.interrupted": "O serviço parou no meio deste login. Nada do que já estava salvo se perdeu. Tente de novo.",
  "failure.site_unreachable": "Não foi possível abrir {name}. Pode estar fora do ar no momento. Tente de novo.",
  "failure.verification_failed":
    "Não deu para saber ao certo se você está logado: {name} pode estar lento ou nos recusar no momento. Tente de novo.",
  "failure.session_too_large":
    "{name} guarda no navegador mais do que pode ser salvo aqui. Tentar de novo não vai resolver: avise quem cuida deste serviço.",
  "failure.internal": "Algo deu errado do nosso lado. Tente de novo.",
  "failure.id": "Código deste login, para informar ao pedir ajuda",

  "problem.unreachable":
    "O serviço não responde. Você está conectado à internet? Ele também pode estar reiniciando: tente de novo em instantes.",
  "problem.token": "Este link ou esta janela não vale mais. Volte para onde você estava e abra de novo.",
  "problem.notForThis": "Este link não permite isso. Volte para onde você estava.",
  "problem.key": "O serviço pede uma chave de acesso. Informe-a primeiro na página de integrações.",
  "problem.notFound": "Este login não existe mais. Comece de novo.",
  "problem.provider": "Este site não é conhecido aqui.",
  "problem.full": "Há muita gente fazendo login agora. Tente de novo em um minuto.",
  "problem.over": "Este login já terminou.",
  "problem.extended": "O tempo já foi estendido; isso é possível uma vez.",
  "problem.other": "Não deu certo. Tente de novo em instantes.",

  "leave.title": "Parar de conectar?",
  "leave.text": "O navegador é fechado e nada é salvo.",
  "leave.stay": "Continuar",
  "leave.go": "Parar",

  "phone.open": "Continuar no celular",
  "phone.text": "Aponte a câmera do celular para este código. O mesmo navegador aparece lá, como você o deixou.",
  "phone.until": "Até {time}, quem tiver este link pode participar deste login. Não o passe a mais ninguém.",
  "phone.local": "Esta página está em {host}. Só este computador a alcança; um celular, não.",
  "phone.code": "Código QR com o link para o celular",
  "watch.open": "Compartilhar link só para ver",
  "watch.text":
    "Quem abrir vê este navegador, sem clicar nem digitar, até o login terminar ou você encerrar o link.",
  "watch.careful": "A pessoa vê o que você vê: cubra códigos e dados pessoais, ou compartilhe depois.",
  "link.label": "Link",
  "link.copy": "Copiar link",
  "link.end": "Encerrar este link",
  "link.ended": "O link foi encerrado.",
  "link.making": "Criando um link…",

  finish: "Terminei o login",
  again: "Tentar de novo",
  cancel: "Cancelar",
  close: "Fechar",
  "close.cancel": "Fechar e cancelar o login",
  dismiss: "Dispensar",
  done: "Pronto",
  copy: "Copiar",
  copied: "Copiado",
  "copy.failed": "Selecione e copie manualmente.",
  lost: "Conexão perdida. Tentando de novo…",
};
